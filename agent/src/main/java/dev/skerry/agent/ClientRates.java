package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** How many requests each client makes: a bucket of tokens that holds as many as it may make in a second. */
final class ClientRates {
    private static final int MOST_CLIENTS = 10_000;

    private final double perSecond;
    private final double most;
    private final LongSupplier nanoTime;
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    private static final class Bucket {
        private double tokens;
        private long filledNanos;
    }

    /** @param perSecond 0 for any number */
    ClientRates(double perSecond, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.most = Math.max(1, perSecond);
        this.nanoTime = nanoTime;
    }

    /** @throws dev.skerry.problem.ProblemException with code {@code serve.rate} where a client has none left */
    void take(String client) {
        if (perSecond == 0) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (buckets.size() >= MOST_CLIENTS) {
            forgetIdle(now);
        }
        Bucket bucket = buckets.computeIfAbsent(client, any -> fresh(now));
        synchronized (bucket) {
            bucket.tokens = filled(bucket, now);
            bucket.filledNanos = now;
            if (bucket.tokens < 1) {
                throw Problem.environment("serve.rate", "this client makes more requests than it may")
                        .because("at most " + perSecond + " in a second")
                        .attempt("again a little later")
                        .toException();
            }
            bucket.tokens--;
        }
    }

    private Bucket fresh(long now) {
        var bucket = new Bucket();
        bucket.tokens = most;
        bucket.filledNanos = now;
        return bucket;
    }

    private double filled(Bucket bucket, long now) {
        return Math.min(most, bucket.tokens + (now - bucket.filledNanos) / 1e9 * perSecond);
    }

    /** Whose bucket is full again is as new; where nobody's is, one goes, so that memory stays bounded. */
    private void forgetIdle(long now) {
        buckets.values().removeIf(bucket -> {
            synchronized (bucket) {
                return filled(bucket, now) >= most;
            }
        });
        Iterator<String> names = buckets.keySet().iterator();
        if (buckets.size() >= MOST_CLIENTS && names.hasNext()) {
            buckets.remove(names.next());
        }
    }
}
