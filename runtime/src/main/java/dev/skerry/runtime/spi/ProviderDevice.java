package dev.skerry.runtime.spi;

/**
 * A device that an execution provider runs on.
 *
 * @param provider the provider's own name, such as {@code QNNExecutionProvider}
 * @param vendor of the provider
 * @param version of the provider; empty where it doesn't say
 * @param kind {@code cpu}, {@code gpu} or {@code npu}
 * @param hardware who made the device
 * @param vendorId of the device, by PCI where it has one
 * @param deviceId of the device, by its maker
 */
public record ProviderDevice(
        String provider, String vendor, String version, String kind, String hardware, long vendorId, long deviceId) {
    /** {@code npu 8086:643e (Intel)}. */
    public String label() {
        return String.format(
                "%s %04x:%04x%s", kind, vendorId, deviceId, hardware.isEmpty() ? "" : " (" + hardware + ")");
    }
}
