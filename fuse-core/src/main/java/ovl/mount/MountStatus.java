package ovl.mount;

import java.util.ArrayList;
import java.util.List;

/**
 * What a live mount tells about itself.
 *
 * @param pid of the daemon, in the daemon's own pid namespace
 * @param sinceMillis when it was mounted, in milliseconds since 1970
 * @param transport {@code dev} or {@code libfuse2}
 * @param hasPassthrough the kernel reads and writes the files of some layer by itself
 * @param usesIoUring requests come over io_uring, not from /dev/fuse
 * @param hasUpper false for a mount that cannot be written to
 * @param lowers how many lower layers there are
 * @param dataLayers how many data-only layers there are below those
 * @param options those that are not as by default, in the words of {@code -o}
 * @param nodes how many files and directories the kernel knows
 * @param copyUps how many objects were copied up
 * @param copyUpBytes the sizes of the files among them
 * @param copyUpNanos how long these copy-ups took together
 * @param copying the copy-ups in progress
 * @param operations what was served, by kind
 */
public record MountStatus(
    long pid,
    long sinceMillis,
    String transport,
    boolean hasPassthrough,
    boolean usesIoUring,
    boolean hasUpper,
    int lowers,
    int dataLayers,
    List<String> options,
    long nodes,
    long copyUps,
    long copyUpBytes,
    long copyUpNanos,
    List<CopyUpProgress> copying,
    List<Operation> operations) {
  private static final long MILLION = 1_000_000;

  /**
   * The operations of one kind.
   *
   * @param kind the kernel's name for it, or libfuse's
   * @param buckets the i-th says how many took less than 2^i microseconds, and not less than half
   *     of that
   */
  public record Operation(
      String kind, long count, long nanos, long longestNanos, List<Long> buckets) {

    public long meanNanos() {
      return nanos / count;
    }

    /**
     * A time that so many percent of the operations did not exceed, no more than twice the true
     * one.
     */
    public long percentileNanos(int percent) {
      long wanted = (count * percent + 99) / 100;
      long seen = 0;
      for (int i = 0; i < buckets.size(); i++) {
        seen += buckets.get(i);
        if (seen >= wanted) {
          return Math.min(longestNanos, 1000L << i);
        }
      }
      return longestNanos;
    }
  }

  /**
   * Reads what {@link StatusReport} wrote; keywords that are not known are passed over.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static MountStatus parse(String report) {
    Fields fields = new Fields(report);
    String[] copied = fields.only("copy-ups").split(" ");
    String options = fields.only("options");
    return new MountStatus(
        fields.number("pid"),
        fields.number("since") / MILLION,
        fields.only("transport"),
        fields.only("passthrough").equals("on"),
        fields.all("io-uring").contains("on"), // which daemons of before do not tell
        fields.only("upper").equals("yes"),
        (int) fields.number("lowers"),
        (int) fields.number("data-layers"),
        options.equals("-") ? List.of() : List.of(options.split(",")),
        fields.number("nodes"),
        Long.parseLong(copied[0]),
        Long.parseLong(copied[1]),
        Long.parseLong(copied[2]),
        fields.all("copying").stream().map(MountStatus::copying).toList(),
        fields.all("operation").stream().map(MountStatus::operation).toList());
  }

  private static CopyUpProgress copying(String values) {
    String[] field = values.split(" ", 4);
    return new CopyUpProgress(
        field[3], Long.parseLong(field[0]), Long.parseLong(field[1]), Long.parseLong(field[2]));
  }

  private static Operation operation(String values) {
    String[] field = values.split(" ");
    // Before the numbers, as the kind is a word or, for one that is not known yet, two.
    int numbers = field.length - 4;
    List<Long> buckets = new ArrayList<>();
    for (String bucket : field[numbers + 3].split(",")) {
      buckets.add(Long.parseLong(bucket));
    }
    return new Operation(
        String.join(" ", List.of(field).subList(0, numbers)),
        Long.parseLong(field[numbers]),
        Long.parseLong(field[numbers + 1]),
        Long.parseLong(field[numbers + 2]),
        buckets);
  }

  /** The lines of a report. */
  private record Fields(String report) {
    List<String> all(String keyword) {
      return report
          .lines()
          .filter(line -> line.startsWith(keyword + " "))
          .map(line -> line.substring(keyword.length() + 1))
          .toList();
    }

    String only(String keyword) {
      List<String> values = all(keyword);
      if (values.size() != 1) {
        throw new IllegalArgumentException("not the status of a mount: no single " + keyword);
      }
      return values.get(0);
    }

    long number(String keyword) {
      return Long.parseLong(only(keyword));
    }
  }
}
