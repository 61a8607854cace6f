package ovl.overlay;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * What a new object inherits from its parent's default ACL (POSIX 1003.1e, acl(5); the attribute's
 * format is struct posix_acl_xattr_header and posix_acl_xattr_entry). Needed only for objects that
 * are made in the workdir; those made in place inherit from the filesystem itself.
 *
 * <pre>
 * 0 u32 version = 2; then for each entry: u16 tag, u16 permissions, u32 id (little-endian)
 * </pre>
 */
final class PosixAcl {
  private static final int HEADER = 4;
  private static final int ENTRY = 8;
  private static final int USER_OBJ = 0x01;
  private static final int USER = 0x02;
  private static final int GROUP = 0x08;
  private static final int GROUP_OBJ = 0x04;
  private static final int MASK = 0x10;
  private static final int OTHER = 0x20;

  private final ByteBuffer access;
  private int mode;
  private boolean extended;

  private PosixAcl(byte[] defaultAcl, int mode) {
    this.access = ByteBuffer.wrap(defaultAcl.clone()).order(ByteOrder.LITTLE_ENDIAN);
    this.mode = mode;
  }

  /**
   * Combines a default ACL with the mode that the creator asked for; the umask plays no part then.
   *
   * @param defaultAcl the value of system.posix_acl_default
   */
  static PosixAcl inherit(byte[] defaultAcl, int mode) {
    PosixAcl acl = new PosixAcl(defaultAcl, mode);
    acl.combine();
    return acl;
  }

  /**
   * An ACL without the entries of those whom our user namespace does not have: they read as -1,
   * nobody there is meant by them, and the kernel takes no ACL with them (EINVAL).
   *
   * @return the ACL itself if there are none
   */
  static byte[] withoutStrangers(byte[] acl) {
    ByteBuffer all = ByteBuffer.wrap(acl).order(ByteOrder.LITTLE_ENDIAN);
    int end = Math.min(HEADER, acl.length);
    for (int at = HEADER; at + ENTRY <= acl.length; at += ENTRY) {
      int tag = all.getShort(at);
      boolean isStranger = (tag == USER || tag == GROUP) && all.getInt(at + 4) == -1;
      if (!isStranger) {
        all.putLong(end, all.getLong(at));
        end += ENTRY;
      }
    }
    return end == acl.length ? acl : Arrays.copyOf(acl, end);
  }

  /** Replaces the ids of users and groups in an ACL. */
  static void mapIds(byte[] acl, IntUnaryOperator uids, IntUnaryOperator gids) {
    ByteBuffer buffer = ByteBuffer.wrap(acl).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = HEADER; at + ENTRY <= acl.length; at += ENTRY) {
      int id = buffer.getInt(at + 4);
      switch (buffer.getShort(at)) {
        case USER -> buffer.putInt(at + 4, uids.applyAsInt(id));
        case GROUP -> buffer.putInt(at + 4, gids.applyAsInt(id));
        default -> {
          // Stands for the owner, the owning group, or everybody.
        }
      }
    }
  }

  private void combine() {
    int groupClass = -1;
    for (int at = HEADER; at + ENTRY <= access.capacity(); at += ENTRY) {
      switch (access.getShort(at)) {
        case USER_OBJ -> restrict(at, 6);
        case OTHER -> restrict(at, 0);
        case GROUP_OBJ -> groupClass = groupClass < 0 ? at : groupClass;
        case MASK -> {
          groupClass = at;
          extended = true;
        }
        default -> extended = true;
      }
    }
    if (groupClass >= 0) {
      restrict(groupClass, 3);
    }
  }

  /** An entry grants no more than the mode asks for, and the mode shows no more than it grants. */
  private void restrict(int at, int shift) {
    int permissions = access.getShort(at + 2) & (mode >> shift & 7);
    access.putShort(at + 2, (short) permissions);
    mode = mode & ~(7 << shift) | permissions << shift;
  }

  /** The mode of the new object. */
  int mode() {
    return mode;
  }

  /** The new object's system.posix_acl_access; null if the mode says it all. */
  byte[] accessAcl() {
    return extended ? access.array() : null;
  }
}
