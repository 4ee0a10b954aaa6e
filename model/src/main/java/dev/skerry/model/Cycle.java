package dev.skerry.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;

/** Finds a cycle in a directed graph by depth-first search, with a stack of its own since chains may be long. */
final class Cycle {
    private enum State {
        NEW,
        OPEN,
        DONE
    }

    private record Visit(int vertex, Iterator<Integer> next) {}

    private Cycle() {}

    /** The vertices of one cycle, each leading to the next and the last to the first; empty where there is none. */
    static List<Integer> find(int vertices, IntFunction<List<Integer>> edges) {
        State[] states = new State[vertices];
        java.util.Arrays.fill(states, State.NEW);
        Deque<Visit> path = new ArrayDeque<>();
        for (int start = 0; start < vertices; start++) {
            if (states[start] != State.NEW) {
                continue;
            }
            states[start] = State.OPEN;
            path.addLast(new Visit(start, edges.apply(start).iterator()));
            while (!path.isEmpty()) {
                Visit visit = path.getLast();
                if (!visit.next().hasNext()) {
                    states[visit.vertex()] = State.DONE;
                    path.removeLast();
                    continue;
                }
                int next = visit.next().next();
                if (states[next] == State.OPEN) {
                    return closing(path, next);
                } else if (states[next] == State.NEW) {
                    states[next] = State.OPEN;
                    path.addLast(new Visit(next, edges.apply(next).iterator()));
                }
            }
        }
        return List.of();
    }

    private static List<Integer> closing(Deque<Visit> path, int first) {
        List<Integer> cycle = new ArrayList<>();
        for (Visit visit : path) {
            if (visit.vertex() == first || !cycle.isEmpty()) {
                cycle.add(visit.vertex());
            }
        }
        return cycle;
    }
}
