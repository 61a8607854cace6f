package ovl.transport;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What is known about the operations of one kind since the mount.
 *
 * @param name the kind
 * @param count how many were served
 * @param nanos how long they took together
 * @param longestNanos how long the slowest took
 * @param buckets how many took how long, see {@link OperationTimes#BUCKETS}
 */
public record OperationSummary(
    String name, long count, long nanos, long longestNanos, long[] buckets) {

  /**
   * Adds up what several threads counted; kinds that never occurred are left out.
   *
   * @param times all for the same kinds; at least one
   */
  public static List<OperationSummary> of(
      Collection<OperationTimes> times, IntFunction<String> names) {
    int kinds = times.iterator().next().kinds();
    OperationTimes sum = new OperationTimes(kinds);
    times.forEach(sum::addAll);
    List<OperationSummary> summaries = new ArrayList<>();
    for (int kind = 0; kind < kinds; kind++) {
      OperationSummary summary = sum.summary(kind, names.apply(kind));
      if (summary.count > 0) {
        summaries.add(summary);
      }
    }
    return summaries;
  }
}
