package dev.skerry.measure;

/** Whether the true class is among the classes with the k highest scores. */
public final class TopK {
    private TopK() {}

    /** The place of a class by its score, 0 for the highest; of equal scores the lower class comes first. */
    public static int place(double[] scores, int label) {
        int place = 0;
        for (int other = 0; other < scores.length; other++) {
            if (scores[other] > scores[label] || scores[other] == scores[label] && other < label) {
                place++;
            }
        }
        return place;
    }

    public static boolean hit(double[] scores, int label, int k) {
        return place(scores, label) < k;
    }
}
