package dev.skerry.runner;

import tools.jackson.databind.json.JsonMapper;

/** Apart, since loading it takes long: a run that writes no report never does. */
final class Json {
    static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}
}
