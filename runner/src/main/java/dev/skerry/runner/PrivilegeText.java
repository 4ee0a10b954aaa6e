package dev.skerry.runner;

import dev.skerry.runner.RunReport.Missing;

/** What a refused privilege is called, why it was refused, and how to get it. */
final class PrivilegeText {
    private static final int EPERM = 1;
    private static final int ENOMEM = 12;
    private static final int EINVAL = 22;

    private PrivilegeText() {}

    static Missing fifo(int error) {
        return new Missing(
                "SCHED_FIFO",
                error == EPERM
                        ? "this user may not raise the priority of a thread (RLIMIT_RTPRIO, CAP_SYS_NICE)"
                        : error(error),
                "systemd: LimitRTPRIO=60 · shell: ulimit -r 60, allowed by rtprio in /etc/security/limits.conf · "
                        + "container: --cap-add SYS_NICE --ulimit rtprio=60");
    }

    static Missing memory(int error) {
        return new Missing(
                "mlockall",
                error == EPERM || error == ENOMEM
                        ? "this user may not lock that much memory (RLIMIT_MEMLOCK, CAP_IPC_LOCK)"
                        : error(error),
                "systemd: LimitMEMLOCK=infinity · shell: ulimit -l unlimited, allowed by memlock in "
                        + "/etc/security/limits.conf · container: --ulimit memlock=-1");
    }

    /**
     * The loop is not kept on a core.
     *
     * @param error -1 where there was none to choose
     */
    static Missing core(int error, int wanted, int allowed) {
        String why = error > 0
                ? error(error)
                : wanted >= 0
                        ? "core " + wanted + " is not among the " + allowed + " that this process may use"
                        : "only " + allowed + " core may be used, and others need it too";
        return new Missing("affinity", why, "systemd: AllowedCPUs= with two cores or more · container: --cpuset-cpus");
    }

    private static String error(int error) {
        return switch (error) {
            case EPERM -> "not permitted";
            case ENOMEM -> "not enough memory";
            case EINVAL -> "the kernel doesn't know it, or not here";
            default -> "error " + error;
        };
    }
}
