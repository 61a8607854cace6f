package ovl.layer;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.OverlayXattr.Nlink;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * The directory {@code index} inside the workdir: for each lower file with several names that was
 * copied up it holds one more link to the copy, named by the handle of the lower file, so that all
 * its names lead there, at the next mounts too (kernel: {@code index=on}, ovl_get_indexdir).
 */
public final class IndexDir {
  private static final Logger log = LoggerFactory.getLogger(IndexDir.class);
  private static final byte[] NAME = "index".getBytes(StandardCharsets.US_ASCII);
  private static final int OPEN = Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;

  private final Syscalls sys;
  private final OverlayXattr xattr;
  private final Origin origin;
  private final Fd fd;

  private IndexDir(Syscalls sys, OverlayXattr xattr, Origin origin, Fd fd) {
    this.sys = sys;
    this.xattr = xattr;
    this.origin = origin;
    this.fd = fd;
  }

  /**
   * Opens the index, or makes it, checks that it and upper belong to each other and to the lowers,
   * and removes entries that nothing leads to any more.
   *
   * @param workBase the workdir
   * @return null if the layers' filesystems do not allow an index
   * @throws LayerException if it is another upper's or was made over other lowers (in the kernel
   *     ESTALE), or holds what is not an entry
   */
  static IndexDir open(Syscalls sys, LayerStack.Parts parts, Fd workBase, Origin origin)
      throws LayerException, ErrnoException {
    byte[] upperHandle = parts.xattr.isStored() ? origin.encodeUpper(parts.upper) : new byte[0];
    if (upperHandle.length == 0 || !origin.findsAll()) {
      log.warn("index=on needs file handles in all layers and attributes on upper: index=off");
      return null;
    }
    Layer top = parts.lowers.get(0);
    int upperFd = parts.upper.rootFd();
    byte[] topHandle = origin.encode(top, top.rootFd());
    byte[] known = valid(parts.xattr.origin(upperFd));
    if (known == null) {
      check(parts.xattr.setOrigin(upperFd, topHandle));
    } else if (!Arrays.equals(known, topHandle)) {
      throw refusal("upper " + parts.upper + " was used over another lower layer than " + top);
    }
    IndexDir index = new IndexDir(sys, parts.xattr, origin, openOrMake(sys, workBase));
    boolean done = false;
    try {
      index.checkOwner(upperHandle, parts.upper);
      index.clean();
      done = true;
      return index;
    } finally {
      if (!done) {
        index.close();
      }
    }
  }

  private static Fd openOrMake(Syscalls sys, Fd workBase) throws ErrnoException {
    long name = Scratch.current(sys).path(NAME);
    int rc = sys.mkdirat(workBase.get(), name, 0);
    if (rc != -Errno.EEXIST) {
      check(rc);
    }
    WorkDir.removeAcls(sys, workBase.get(), NAME);
    name = Scratch.current(sys).path(NAME);
    return new Fd(sys, check(sys.openat(workBase.get(), name, OPEN | Linux.O_RDONLY, 0)));
  }

  private static LayerException refusal(String what) {
    return new LayerException(what + ": remove the workdir's directory index, or use index=off");
  }

  /** Unknown forms count as absent, as in the kernel. */
  private static byte[] valid(byte[] handle) {
    return handle != null && Origin.isValid(handle) ? handle : null;
  }

  private void checkOwner(byte[] upperHandle, Layer upper) throws LayerException, ErrnoException {
    byte[] origin = valid(xattr.origin(fd.get()));
    byte[] owner = valid(xattr.upper(fd.get()));
    // Old kernels had the handle of upper in the attribute for origins.
    if (origin != null && !Arrays.equals(origin, upperHandle)
        || owner != null && !Arrays.equals(owner, upperHandle)) {
      throw refusal("the index is not that of upper " + upper);
    }
    if (owner == null) {
      check(xattr.setUpper(fd.get(), upperHandle));
    }
  }

  /** Kernel: ovl_indexdir_cleanup. */
  private void clean() throws LayerException, ErrnoException {
    for (byte[] name : WorkDir.names(sys, fd.get())) {
      if (name[0] == '#') {
        WorkDir.removeTree(sys, fd.get(), name);
      } else if (!isInUse(name)) {
        log.debug("index entry {} leads nowhere", new String(name, StandardCharsets.ISO_8859_1));
        check(sys.unlinkat(fd.get(), Scratch.current(sys).path(name), 0));
      }
    }
  }

  /** Kernel: ovl_verify_index. Directories and whiteouts are there for NFS only, and stay. */
  private boolean isInUse(byte[] name) throws LayerException, ErrnoException {
    byte[] handle = handleOf(name);
    Statx stat = find(name);
    if (stat == null || stat.isDirectory() || Whiteout.isWhiteout(stat)) {
      return true;
    }
    int links = stat.nlink();
    int type = stat.mode() & Linux.S_IFMT;
    byte[] stored = xattr.origin(fd.get(), Scratch.current(sys).path(name), name.length);
    if (stored == null) {
      throw refusal("an index entry has no origin");
    }
    if (!Arrays.equals(stored, handle)) {
      return false;
    }
    if (links > 1) {
      return true;
    }
    Origin.Found lower = origin.decode(handle);
    return lower != null && lower.type() == type && nlink(name, links, lower.nlink(), 0) > 0;
  }

  private static byte[] handleOf(byte[] name) throws LayerException {
    String text = new String(name, StandardCharsets.ISO_8859_1);
    try {
      byte[] handle = HexFormat.of().parseHex(text);
      if (Origin.isValid(handle)) {
        return handle;
      }
    } catch (IllegalArgumentException e) {
      log.debug("index entry {}: {}", text, e.getMessage());
    }
    throw refusal("the index holds " + text + ", which is no entry");
  }

  /** The name of the entry for a lower file with this handle. */
  public static byte[] nameOf(byte[] handle) {
    return HexFormat.of().formatHex(handle).getBytes(StandardCharsets.US_ASCII);
  }

  /** The descriptor for the {@code *at} calls. */
  public int fd() {
    return fd.get();
  }

  /**
   * What an entry is; the record is that of {@link Scratch#statx2}.
   *
   * @return null if there is no such entry
   */
  public Statx find(byte[] name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx2();
    int flags = Linux.AT_SYMLINK_NOFOLLOW;
    int mask = Linux.STATX_BASIC_STATS;
    int rc = sys.statx(fd.get(), scratch.path2(name), flags, mask, stat);
    if (rc == -Errno.ENOENT) {
      return null;
    }
    check(rc);
    return stat;
  }

  /**
   * The link count of an indexed file: its names on upper and those on lowers that are not hidden
   * (kernel: ovl_get_nlink).
   *
   * @param upperLinks of the entry
   * @param fallback if the entry does not say it, or the lower file has one name
   */
  public int nlink(byte[] name, int upperLinks, int lowerLinks, int fallback) {
    if (lowerLinks == 1) {
      // Indexed for NFS: its names are not counted.
      return fallback;
    }
    Nlink stored = xattr.nlink(fd.get(), Scratch.current(sys).path2(name), name.length);
    int links =
        stored == null ? 0 : (stored.ofUpper() ? upperLinks : lowerLinks) + stored.difference();
    if (links > 0) {
      return links;
    }
    log.debug("an index entry says no link count");
    return fallback;
  }

  void close() {
    fd.close();
  }
}
