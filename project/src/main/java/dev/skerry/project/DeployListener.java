package dev.skerry.project;

import dev.skerry.measure.Progress;
import dev.skerry.runner.RunListener;

/** Hears what a deployment does while it goes on. */
public interface DeployListener {
    /** A step is done. */
    void finished(DeployStep step);

    Progress progress();

    RunListener run();
}
