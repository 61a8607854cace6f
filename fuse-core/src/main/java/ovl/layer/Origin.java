package ovl.layer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import ovl.sys.Errno;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Encodes and decodes the origin file handle (struct ovl_fb of the kernel's fs/overlayfs): which
 * lower object an upper one was copied from, so that it keeps its st_ino over the next mounts.
 *
 * <pre>
 *  0 u8 version = 0    1 u8 magic = 0xfb    2 u8 len (header and fid)    3 u8 flags
 *  4 u8 fid type       5 u8[16] uuid of the filesystem                  21 u8[] fid
 * </pre>
 */
public final class Origin {
  private static final int HEADER = 21;
  private static final int UUID = 16;
  private static final int MAX_FID = 128;
  private static final int MAGIC = 0xfb;
  private static final int FLAG_BIG_ENDIAN = 1;
  private static final int FLAG_ANY_ENDIAN = 2;
  private static final int FLAG_UPPER = 4;

  /** Of struct file_handle: u32 handle_bytes, s32 handle_type, u8 f_handle[]. */
  private static final int FILE_HANDLE_HEADER = 8;

  private final Syscalls sys;
  private final List<Layer> layers;
  private final byte[][] uuids;
  private final boolean[] decodable;
  private final boolean namesFilesystems;

  /** Open for reading: open_by_handle_at(2) takes no O_PATH descriptor. Null where not needed. */
  private final Fd[] mounts;

  /**
   * Asks each layer's filesystem once for its identity and whether it opens objects by handle.
   *
   * @param layers lowers, top to bottom
   * @param namesFilesystems say in each origin on which filesystem it is
   */
  Origin(Syscalls sys, List<Layer> layers, boolean namesFilesystems) {
    this.sys = sys;
    this.layers = layers;
    this.namesFilesystems = namesFilesystems;
    this.uuids = new byte[layers.size()][];
    this.decodable = new boolean[layers.size()];
    this.mounts = new Fd[layers.size()];
    for (int i = 0; i < uuids.length; i++) {
      int same = firstOnSameFilesystem(i);
      if (same < i) {
        uuids[i] = uuids[same];
        decodable[i] = decodable[same];
      } else {
        mounts[i] = openMount(layers.get(i));
        uuids[i] = uuid(mounts[i]);
        int decoding = mounts[i] == null ? -Errno.EOPNOTSUPP : decoding(mounts[i]);
        // Without the privilege handles cannot be followed, but they can be written for the kernel.
        decodable[i] = decoding == 0 || decoding == -Errno.EPERM;
      }
    }
  }

  private int firstOnSameFilesystem(int index) {
    int i = 0;
    while (layers.get(i).dev() != layers.get(index).dev()) {
      i++;
    }
    return i;
  }

  /**
   * The handle to store for an object of a lower layer.
   *
   * @param fd the object, O_PATH or not
   * @return an empty array where the filesystem has no handles that could be opened again
   */
  public byte[] encode(Layer layer, int fd) {
    int index = layers.indexOf(layer);
    if (index < 0 || !decodable[index]) {
      return new byte[0];
    }
    ByteBuffer handle = handleOf(fd);
    return handle == null ? new byte[0] : encode(handle, uuids[index], 0);
  }

  /**
   * As {@link #encode(Layer, int)}, of a name in a directory.
   *
   * @param name in the first path area of the scratch memory
   */
  public byte[] encode(Layer layer, int dirFd, long name) {
    int opened = sys.openat(dirFd, name, Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC, 0);
    if (opened < 0) {
      return new byte[0];
    }
    try {
      return encode(layer, opened);
    } finally {
      sys.close(opened);
    }
  }

  private static byte[] encode(ByteBuffer handle, byte[] uuid, int flags) {
    int fidLength = handle.getInt(0);
    byte[] encoded = new byte[HEADER + fidLength];
    encoded[1] = (byte) MAGIC;
    encoded[2] = (byte) encoded.length;
    encoded[3] = (byte) flags;
    encoded[4] = (byte) handle.getInt(4);
    System.arraycopy(uuid, 0, encoded, 5, UUID);
    handle.get(FILE_HANDLE_HEADER, encoded, HEADER, fidLength);
    return encoded;
  }

  /** What a handle led to: a number and its filesystem. */
  public record Found(long dev, long ino, int type, int nlink) {}

  /**
   * Opens an origin handle in the lower layers.
   *
   * @return null if no lower layer's filesystem has it (any more), or this process may not open
   *     handles
   */
  public Found decode(byte[] encoded) {
    if (!isValid(encoded)) {
      return null;
    }
    byte[] uuid = Arrays.copyOfRange(encoded, 5, HEADER);
    for (int i = 0; i < uuids.length; i++) {
      if (decodable[i] && firstOnSameFilesystem(i) == i && Arrays.equals(uuid, uuids[i])) {
        Found found = open(mounts[i], encoded);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  static boolean isValid(byte[] encoded) {
    if (encoded.length <= HEADER || encoded[0] != 0 || (encoded[1] & 0xff) != MAGIC) {
      return false;
    }
    boolean big = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    int flags = encoded[3];
    return (encoded[2] & 0xff) == encoded.length
        && encoded.length <= HEADER + MAX_FID
        && ((flags & FLAG_ANY_ENDIAN) != 0 || (flags & FLAG_BIG_ENDIAN) != 0 == big);
  }

  private Found open(Fd mount, byte[] encoded) {
    int fidLength = encoded.length - HEADER;
    ByteBuffer handle = newHandle(fidLength);
    handle.putInt(4, encoded[4] & 0xff).put(FILE_HANDLE_HEADER, encoded, HEADER, fidLength);
    int fd = openByHandle(mount, handle);
    if (fd < 0) {
      return null;
    }
    try {
      Scratch scratch = Scratch.current(sys);
      Statx stat = scratch.statx2();
      int mask = Linux.STATX_BASIC_STATS;
      int rc = sys.statx(fd, scratch.empty(), Linux.AT_EMPTY_PATH, mask, stat);
      return rc < 0
          ? null
          : new Found(stat.dev(), stat.ino(), stat.mode() & Linux.S_IFMT, stat.nlink());
    } finally {
      sys.close(fd);
    }
  }

  private Fd openMount(Layer layer) {
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    int fd = sys.openat(layer.rootFd(), Scratch.current(sys).path("."), flags, 0);
    return fd < 0 ? null : new Fd(sys, fd);
  }

  private byte[] uuid(Fd mount) {
    byte[] uuid = new byte[UUID];
    Scratch scratch = Scratch.current(sys);
    if (mount == null || !namesFilesystems) {
      return uuid;
    }
    // struct fsuuid2: u8 len, u8 uuid[16]. Before kernel 6.9, and on filesystems without one,
    // zeros.
    if (sys.ioctl(mount.get(), Linux.FS_IOC_GETFSUUID, scratch.value()) == 0) {
      int length = Math.min(scratch.valueByte(0), UUID);
      System.arraycopy(NativeBytes.read(scratch.value() + 1, UUID), 0, uuid, 0, length);
    }
    return uuid;
  }

  /** 0 if the filesystem gives and opens handles; else why not, as -errno. */
  private int decoding(Fd mount) {
    ByteBuffer handle = handleOf(mount.get());
    if (handle == null) {
      return -Errno.EOPNOTSUPP;
    }
    int fd = openByHandle(mount, handle);
    if (fd >= 0) {
      sys.close(fd);
    }
    return Math.min(fd, 0);
  }

  /**
   * Whether all that is copied up can be found again by its origin: every lower filesystem opens
   * handles, for this process too, and no two have the same identity (kernel: ovl_lower_uuid_ok).
   */
  boolean findsAll() {
    for (int i = 0; i < uuids.length; i++) {
      if (firstOnSameFilesystem(i) < i) {
        continue;
      }
      if (mounts[i] == null || decoding(mounts[i]) < 0) {
        return false;
      }
      for (int k = 0; k < i; k++) {
        if (firstOnSameFilesystem(k) == k && Arrays.equals(uuids[k], uuids[i])) {
          return false;
        }
      }
    }
    return true;
  }

  /** The handle of an upper directory; empty where none could be opened again. */
  byte[] encodeUpper(Layer upper) {
    try (Fd mount = openMount(upper)) {
      ByteBuffer handle = mount == null || decoding(mount) < 0 ? null : handleOf(mount.get());
      return handle == null ? new byte[0] : encode(handle, uuid(mount), FLAG_UPPER);
    }
  }

  void close() {
    for (Fd mount : mounts) {
      if (mount != null) {
        mount.close();
      }
    }
  }

  /** An empty struct file_handle with room for a fid of this length. */
  private static ByteBuffer newHandle(int fidLength) {
    return ByteBuffer.allocate(FILE_HANDLE_HEADER + MAX_FID)
        .order(ByteOrder.nativeOrder())
        .putInt(0, fidLength);
  }

  /** The handle of an object; null where the filesystem has none. */
  private ByteBuffer handleOf(int fd) {
    Scratch scratch = Scratch.current(sys);
    long handle = scratch.fileHandle();
    NativeBytes.write(handle, newHandle(MAX_FID).array());
    int flags = Linux.AT_EMPTY_PATH;
    if (sys.nameToHandleAt(fd, scratch.empty(), handle, scratch.words(), flags) < 0) {
      return null;
    }
    byte[] bytes = NativeBytes.read(handle, FILE_HANDLE_HEADER + MAX_FID);
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  private int openByHandle(Fd mount, ByteBuffer handle) {
    long address = Scratch.current(sys).fileHandle();
    NativeBytes.write(address, handle.array());
    return sys.openByHandleAt(mount.get(), address, Linux.O_PATH | Linux.O_CLOEXEC);
  }
}
