package dev.skerry.agent;

import java.util.ArrayList;
import java.util.List;

/** What both forms of the protocol say of the server. */
record Protocol(Models models, SharedRegions regions, String version) {
    static final String SERVER = "skerry";

    List<String> extensions() {
        var extensions = new ArrayList<>(List.of("binary_tensor_data", "statistics"));
        if (regions.allowed()) {
            extensions.add("system_shared_memory");
        }
        return extensions;
    }
}
