package ovl.transport.dev;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.OpenResult;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;

/**
 * Which open files the kernel reads and writes without us (FUSE_PASSTHROUGH). It wants all opens of
 * one inode that overlap in time to agree: none in passthrough, or all by the same backing file;
 * whatever else it is told becomes EIO for the user (fs/fuse/iomode.c). So the first open decides
 * for its node until the last one is closed:
 *
 * <pre>
 * free -> cached(n) | passthrough(backing, n) -> free
 * </pre>
 *
 * We never count less than the kernel does: the count grows before the answer to OPEN is sent and
 * shrinks at RELEASE, which the kernel sends when it has counted down itself.
 */
final class BackingFiles {
  private static final Logger log = LoggerFactory.getLogger(BackingFiles.class);

  /** In place of a backing id: reads and writes come to us. */
  static final int NONE = 0;

  /** The kernel's table of backing files. */
  interface Registry {
    /**
     * Enters the file behind a descriptor, which may be closed afterwards.
     *
     * @return its id, above 0, or -errno: EPERM without CAP_SYS_ADMIN, ELOOP for a filesystem that
     *     lies on another one
     */
    int register(int backingFd);

    void unregister(int id);

    /** Whether the file can be opened with O_DIRECT. */
    boolean allowsDirect(int backingFd);
  }

  /** How a node that is open is read and written. */
  private record Mode(int id, boolean isWritable, int opens) {
    boolean takes(boolean isEligible, OpenResult open) {
      return id == NONE || isEligible && open.backingIsWritable == isWritable;
    }

    Mode add(int change) {
      return new Mode(id, isWritable, opens + change);
    }
  }

  /** One more open of a node. */
  private final class Opening implements BiFunction<Long, Mode, Mode> {
    private final OpenResult open;
    private final boolean isEligible;

    Opening(OpenResult open, boolean isEligible) {
      this.open = open;
      this.isEligible = isEligible;
    }

    @Override
    public Mode apply(Long nodeid, Mode now) {
      if (now == null) {
        return first();
      }
      return now.takes(isEligible, open) ? now.add(1) : now;
    }

    private Mode first() {
      int id = isEligible && !open.prefersCache ? registry.register(open.backingFd) : NONE;
      if (id < 0) {
        if (id != lastRefusal) {
          log.debug("no passthrough: {}", Errno.name(-id));
          lastRefusal = id;
        }
        id = NONE;
      }
      return new Mode(id, open.backingIsWritable, 1);
    }
  }

  /** One open less. */
  private final class Closing implements BiFunction<Long, Mode, Mode> {
    @Override
    public Mode apply(Long nodeid, Mode now) {
      if (now.opens > 1) {
        return now.add(-1);
      }
      if (now.id != NONE) {
        registry.unregister(now.id);
      }
      return null;
    }
  }

  private final Registry registry;
  private final Closing closing = new Closing();
  private final ConcurrentHashMap<Long, Mode> modes = new ConcurrentHashMap<>();
  private volatile int lastRefusal;

  BackingFiles(Registry registry) {
    this.registry = registry;
  }

  /** For a mount without passthrough. */
  static BackingFiles off() {
    return new BackingFiles(null);
  }

  /**
   * Counts one more open of a node.
   *
   * @param flags the O_ flags of the user's open
   * @param open gets {@code directIo} if the backing is only for mappings
   * @return the id of the backing file, or {@link #NONE}
   * @throws ErrnoException ESTALE if the node is in passthrough with another file than this open's:
   *     the kernel then looks the name up again (LOOKUP_REVAL) and opens what it finds, once.
   *     EINVAL for O_DIRECT on a node in passthrough if the real filesystem has no such thing
   */
  int open(long nodeid, int flags, OpenResult open) throws ErrnoException {
    if (registry == null) {
      return NONE;
    }
    boolean isDirect = (flags & Linux.O_DIRECT) != 0;
    boolean isOffered = open.backingFd >= 0;
    // The kernel opens the backing with the same flags, and makes any failure an EIO.
    boolean isEligible = isOffered && (!isDirect || registry.allowsDirect(open.backingFd));
    Mode mode = modes.compute(nodeid, new Opening(open, isEligible));
    if (!mode.takes(isEligible, open)) {
      throw ErrnoException.of(isOffered && !isEligible ? Errno.EINVAL : Errno.ESTALE);
    }
    boolean writes = (flags & Linux.O_ACCMODE) != Linux.O_RDONLY;
    if (writes && mode.id != NONE && !mode.isWritable) {
      // The kernel would write to whatever it is given, a lower file as well.
      release(nodeid);
      throw new IllegalStateException("an open for writing got a backing that is for reading");
    }
    // What the kernel opens stays O_DIRECT. When F_SETFL takes the flag from the user's descriptor,
    // as dd does for a last block that is not whole, only we can still write.
    open.directIo = isDirect && mode.id != NONE;
    return mode.id;
  }

  /** True if the kernel reads and writes an open node in pages of its own. */
  boolean isCached(long nodeid) {
    Mode mode = modes.get(nodeid);
    return mode == null || mode.id == NONE;
  }

  /** Counts one open less; for a handle that the kernel has released. */
  void release(long nodeid) {
    if (registry == null) {
      return;
    }
    modes.computeIfPresent(nodeid, closing);
  }
}
