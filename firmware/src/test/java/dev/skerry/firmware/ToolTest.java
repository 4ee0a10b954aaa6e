package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ToolTest {
    @Test
    void missingOneComesWithItsPackage() {
        var tool = new Tool("no-such-compiler", "gcc-no-such");
        assertThatThrownBy(tool::version).isInstanceOfSatisfying(ProblemException.class, refused -> {
            assertThat(refused.problem().kind()).isEqualTo(Problem.Kind.ENVIRONMENT);
            assertThat(refused.problem().what()).isEqualTo("no-such-compiler isn't installed");
            assertThat(refused.problem().remedies()).containsExactly("apt-get install gcc-no-such");
        });
    }

    @Test
    void whatItPrintsAndHowItEndsIsKept() {
        Tool.Ended ended = new Tool("sh", "dash").run(Path.of("."), List.of("-c", "echo out; echo err >&2; exit 3"));
        assertThat(ended.code()).isEqualTo(3);
        assertThat(ended.text()).isEqualTo("out\nerr\n");
    }
}
