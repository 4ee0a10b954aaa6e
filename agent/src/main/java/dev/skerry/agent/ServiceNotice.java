package dev.skerry.agent;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * Tells systemd how a service is, as {@code sd_notify(3)} does: one datagram to the socket that {@code NOTIFY_SOCKET} names.
 * Java has datagrams of the internet only, so it takes three functions of the C library.
 */
public final class ServiceNotice {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int PATH_BYTES = 108;

    private final byte[] path;
    private final MethodHandle socket;
    private final MethodHandle sendto;
    private final MethodHandle close;

    private ServiceNotice(byte[] path) {
        this.path = path;
        Linker linker = Linker.nativeLinker();
        this.socket = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("socket"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        this.sendto = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("sendto"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT));
        this.close = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    }

    /** Empty where no service manager waits for anything. */
    public static Optional<ServiceNotice> of(Map<String, String> environment) {
        String name = environment.getOrDefault("NOTIFY_SOCKET", "");
        boolean known = name.startsWith("/") || name.startsWith("@");
        if (!known || !System.getProperty("os.name").equals("Linux")) {
            return Optional.empty();
        }
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        if (path.length >= PATH_BYTES) {
            return Optional.empty();
        }
        if (path[0] == '@') {
            // a name that is in no file system
            path[0] = 0;
        }
        return Optional.of(new ServiceNotice(path));
    }

    /** Sends a state such as {@code READY=1}; false where nobody took it, which is no reason to stop. */
    public boolean send(String state) {
        byte[] text = state.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(2 + PATH_BYTES, 2);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(path, 0, address, ValueLayout.JAVA_BYTE, 2, path.length);
            MemorySegment message = arena.allocateFrom(ValueLayout.JAVA_BYTE, text);
            int descriptor = (int) socket.invokeExact(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            if (descriptor < 0) {
                return false;
            }
            try {
                long sent = (long) sendto.invokeExact(
                        descriptor, message, (long) text.length, MSG_NOSIGNAL, address, 2 + path.length);
                return sent == text.length;
            } finally {
                int ignored = (int) close.invokeExact(descriptor);
            }
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }
}
