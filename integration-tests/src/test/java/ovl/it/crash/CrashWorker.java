package ovl.it.crash;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import ovl.it.os.DirEntry;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.os.Stat;
import ovl.sys.Errno;
import ovl.sys.Linux;

/**
 * Does random calls in a directory of its own until the daemon is gone, and knows what must then be
 * there: the effect of every call that returned, and of the last one all or nothing, or the first
 * page of what it wrote.
 */
final class CrashWorker implements Runnable {
  /** What calls on the mount of a daemon that was killed fail with. */
  private static final Set<Integer> GONE =
      Set.of(Errno.ENOTCONN, Errno.EIO, Errno.ECONNABORTED, Errno.ECANCELED);

  private static final String NAMES = "abcdef";
  private static final int RECORD = 3000;
  private static final int LARGEST = 300_000;

  /** A kill ends a write(2) between two pages of a file (mm/filemap.c, generic_perform_write). */
  private static final int PAGE = 4096;

  /** An object: its permissions, and its content or null for a directory. */
  record State(int mode, ByteBuffer content) {
    boolean isDirectory() {
      return content == null;
    }
  }

  private final FsPath root;
  private final Random random;
  private TreeMap<String, State> before;
  private TreeMap<String, State> after;

  /** Of a write across the end of a page; the same as {@link #after} of everything else. */
  private TreeMap<String, State> halfway;

  private int calls;

  CrashWorker(FsPath root, Random random) {
    this.root = root;
    this.random = random;
    this.before = read();
    this.after = before;
    this.halfway = before;
  }

  /** All that is there. */
  private TreeMap<String, State> read() {
    TreeMap<String, State> found = new TreeMap<>();
    read(root, "", found);
    return found;
  }

  private static void read(FsPath dir, String prefix, Map<String, State> into) {
    for (DirEntry entry : dir.entries()) {
      if (entry.isDots()) {
        continue;
      }
      FsPath path = dir.at(entry.name());
      Stat stat = path.stat();
      String name = prefix + entry.name();
      ByteBuffer content = stat.isDirectory() ? null : ByteBuffer.wrap(path.read());
      into.put(name, new State(stat.permissions(), content));
      if (stat.isDirectory()) {
        read(path, name + "/", into);
      }
    }
  }

  /** How many calls returned. */
  int calls() {
    return calls;
  }

  /**
   * Compares what is there with what may be.
   *
   * @return what is wrong, or null; what was found is what is expected from now on
   */
  String check() {
    TreeMap<String, State> found = read();
    String wrong = null;
    if (!found.equals(before) && !found.equals(after) && !found.equals(halfway)) {
      wrong = root + ":\n" + differences(before, found) + "or\n" + differences(after, found);
    }
    before = found;
    after = found;
    halfway = found;
    return wrong;
  }

  private static String differences(Map<String, State> expected, Map<String, State> found) {
    StringBuilder text = new StringBuilder();
    Set<String> names = new java.util.TreeSet<>(expected.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      if (!java.util.Objects.equals(expected.get(name), found.get(name))) {
        text.append("  ").append(name).append(": expected ").append(expected.get(name));
        text.append(", found ").append(found.get(name)).append('\n');
      }
    }
    return text.toString();
  }

  @Override
  public void run() {
    try {
      while (true) {
        step();
      }
    } catch (OsError e) {
      if (!GONE.contains(e.errno())) {
        throw e;
      }
    }
  }

  private void step() {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> append();
      case 3 -> overwrite();
      case 4 -> truncate();
      case 5 -> chmod();
      case 6 -> create(free());
      case 7 -> replace();
      case 8 -> remove();
      case 9 -> renameFile();
      case 10 -> mkdir();
      default -> renameDirectory();
    }
  }

  /** Makes one call, which changes what is there to what was announced. */
  private void call(Runnable call) {
    call.run();
    before = after;
    calls++;
  }

  private void announce(String name, State state) {
    after = new TreeMap<>(before);
    if (state == null) {
      after.remove(name);
    } else {
      after.put(name, state);
    }
    halfway = after;
  }

  private String any(boolean isDirectory) {
    List<String> names = new ArrayList<>();
    before.forEach(
        (name, state) -> {
          if (state.isDirectory() == isDirectory) {
            names.add(name);
          }
        });
    return names.isEmpty() ? null : names.get(random.nextInt(names.size()));
  }

  /** A name that is not there, in a directory that is; null if none was found. */
  private String free() {
    String dir = random.nextBoolean() ? null : any(true);
    String name = (dir == null ? "" : dir + "/") + NAMES.charAt(random.nextInt(NAMES.length()));
    return before.containsKey(name) ? null : name;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private void append() {
    String name = any(false);
    if (name != null) {
      write(name, before.get(name).content().capacity(), bytes(1 + random.nextInt(RECORD)));
    }
  }

  private void overwrite() {
    String name = any(false);
    if (name != null) {
      write(name, 0, bytes(1 + random.nextInt(500)));
    }
  }

  /** Writes within what is there or at its end, and sometimes waits for the disk. */
  private void write(String name, int offset, byte[] bytes) {
    State old = before.get(name);
    if (old.content().capacity() > LARGEST) {
      return;
    }
    int size = Math.max(old.content().capacity(), offset + bytes.length);
    byte[] content = java.util.Arrays.copyOf(old.content().array(), size);
    System.arraycopy(bytes, 0, content, offset, bytes.length);
    try (OpenFile file = root.at(name).open(Linux.O_WRONLY)) {
      announce(name, new State(old.mode(), ByteBuffer.wrap(content)));
      halfway = new TreeMap<>(before);
      halfway.put(name, new State(old.mode(), firstPage(old.content(), content, offset)));
      file.seek(offset, Linux.SEEK_SET);
      call(() -> file.writeAll(bytes));
      if (random.nextBoolean()) {
        call(file::fsync);
      }
    }
  }

  /** What a write leaves that ends with the page that it began in. */
  private static ByteBuffer firstPage(ByteBuffer old, byte[] content, int offset) {
    int end = Math.min(content.length, (offset / PAGE + 1) * PAGE);
    byte[] half = java.util.Arrays.copyOf(old.array(), Math.max(old.capacity(), end));
    System.arraycopy(content, offset, half, offset, end - offset);
    return ByteBuffer.wrap(half);
  }

  private void truncate() {
    String name = any(false);
    if (name != null) {
      State old = before.get(name);
      int size = random.nextInt(old.content().capacity() + 100);
      byte[] content = java.util.Arrays.copyOf(old.content().array(), size);
      announce(name, new State(old.mode(), ByteBuffer.wrap(content)));
      call(() -> root.at(name).truncate(size));
    }
  }

  private void chmod() {
    String name = any(random.nextInt(3) == 0);
    if (name != null) {
      int mode = 0700 | random.nextInt(0100);
      announce(name, new State(mode, before.get(name).content()));
      call(() -> root.at(name).chmod(mode));
    }
  }

  private void create(String name) {
    if (name != null) {
      announce(name, new State(0644, ByteBuffer.allocate(0)));
      call(() -> root.at(name).open(Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL, 0644).close());
      write(name, 0, bytes(1 + random.nextInt(RECORD)));
    }
  }

  /** As editors do: a new file takes the old one's place, perhaps one left by an earlier crash. */
  private void replace() {
    String name = any(false);
    if (name == null || name.equals("new")) {
      return;
    }
    if (!before.containsKey("new")) {
      create("new");
    }
    rename("new", name);
  }

  private void remove() {
    String name = any(random.nextInt(4) == 0);
    if (name == null || !below(name).isEmpty()) {
      return;
    }
    announce(name, null);
    FsPath path = root.at(name);
    call(before.get(name).isDirectory() ? path::rmdir : path::unlink);
  }

  private void renameFile() {
    String name = any(false);
    String target = random.nextBoolean() ? free() : any(false);
    if (name != null && target != null && !target.equals(name)) {
      rename(name, target);
    }
  }

  private void mkdir() {
    String name = free();
    if (name != null && name.chars().filter(c -> c == '/').count() < 3) {
      announce(name, new State(0755, null));
      call(() -> root.at(name).mkdir(0755));
    }
  }

  private void renameDirectory() {
    String name = any(true);
    String target = free();
    if (name != null && target != null && !target.startsWith(name + "/")) {
      rename(name, target);
    }
  }

  /** The names below a directory. */
  private List<String> below(String dir) {
    return before.keySet().stream().filter(n -> n.startsWith(dir + "/")).toList();
  }

  private void rename(String name, String target) {
    announce(name, null);
    after.put(target, before.get(name));
    for (String moved : below(name)) {
      after.remove(moved);
      after.put(target + moved.substring(name.length()), before.get(moved));
    }
    call(() -> root.at(name).rename(root.at(target)));
  }
}
