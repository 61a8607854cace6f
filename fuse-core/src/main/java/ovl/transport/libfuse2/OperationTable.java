package ovl.transport.libfuse2;

import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ovl.sys.NativeBytes;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * The struct fuse_operations as jnr-fuse lays it out, filled with callbacks of another shape: those
 * of {@link Callbacks}, which take paths as addresses, so that names stay bytes.
 */
final class OperationTable extends FuseOperations {
  /** The bits flag_nullpath_ok, flag_nopath and flag_utime_omit_ok. */
  private static final byte FLAGS = 7;

  /** struct fuse_conn_info: 20 unsigned capable, 24 unsigned want. */
  private static final int CAPABLE = 20;

  private static final int WANT = 24;
  private static final int CAP_ATOMIC_O_TRUNC = 1 << 3;
  private static final int CAP_BIG_WRITES = 1 << 5;
  private static final int CAP_DONT_MASK = 1 << 6;
  private static final int CAP_IOCTL_DIR = 1 << 11;

  private final jnr.ffi.Pointer table;

  /** The native table points to these, and the collector does not know that. */
  private final List<Object> reachable = new ArrayList<>();

  OperationTable() {
    super(Runtime.getSystemRuntime());
    table = Memory.allocateDirect(getRuntime(), Struct.size(this), true);
    useMemory(table);
  }

  /** Where the struct is. */
  long address() {
    return table.address();
  }

  int size() {
    return Struct.size(this);
  }

  /**
   * @param ready run when the kernel's first request has come
   */
  void install(PathOps names, HandleOps opened, Runnable ready) {
    installNames(names);
    installOpen(opened);
    put(
        this.init,
        Callbacks.Init.class,
        connection -> {
          initialize(connection);
          ready.run();
          return 0;
        });
    table.putByte(flag_nullpath_ok.offset(), FLAGS);
  }

  private void installNames(PathOps names) {
    put(getattr, Callbacks.PL.class, names::getattr);
    put(readlink, Callbacks.PLL.class, names::readlink);
    put(mknod, Callbacks.PIL.class, names::mknod);
    put(mkdir, Callbacks.PI.class, names::mkdir);
    put(unlink, Callbacks.P.class, names::unlink);
    put(rmdir, Callbacks.P.class, names::rmdir);
    put(symlink, Callbacks.PL.class, names::symlink);
    put(rename, Callbacks.PL.class, names::rename);
    put(link, Callbacks.PL.class, names::link);
    put(chmod, Callbacks.PI.class, names::chmod);
    put(chown, Callbacks.PII.class, names::chown);
    put(truncate, Callbacks.PL.class, names::truncate);
    put(utimens, Callbacks.PL.class, names::utimens);
    put(statfs, Callbacks.PL.class, names::statfs);
    put(setxattr, Callbacks.PLLLI.class, names::setxattr);
    put(getxattr, Callbacks.PLLL.class, names::getxattr);
    put(listxattr, Callbacks.PLL.class, names::listxattr);
    put(removexattr, Callbacks.PL.class, names::removexattr);
  }

  private void installOpen(HandleOps opened) {
    put(open, Callbacks.PL.class, opened::open);
    put(create, Callbacks.PIL.class, opened::create);
    put(read, Callbacks.PLLLL.class, opened::read);
    put(write, Callbacks.PLLLL.class, opened::write);
    put(flush, Callbacks.PL.class, opened::flush);
    put(release, Callbacks.PL.class, opened::release);
    put(fsync, Callbacks.PIL.class, opened::fsync);
    put(fgetattr, Callbacks.PLL.class, opened::fgetattr);
    put(ftruncate, Callbacks.PLL.class, opened::ftruncate);
    put(fallocate, Callbacks.PILLL.class, opened::fallocate);
    put(ioctl, Callbacks.PILLIL.class, opened::ioctl);
    put(opendir, Callbacks.PL.class, opened::opendir);
    put(readdir, Callbacks.PLLLL.class, opened::readdir);
    put(releasedir, Callbacks.PL.class, opened::releasedir);
    put(fsyncdir, Callbacks.PIL.class, opened::fsyncdir);
  }

  private <T> void put(Func<?> slot, Class<T> shape, T callback) {
    jnr.ffi.Pointer function = getRuntime().getClosureManager().getClosurePointer(shape, callback);
    reachable.add(callback);
    reachable.add(function);
    table.putPointer(slot.offset(), function);
  }

  private static void initialize(long connection) {
    int wanted = CAP_ATOMIC_O_TRUNC | CAP_BIG_WRITES | CAP_DONT_MASK | CAP_IOCTL_DIR;
    int possible = NativeBytes.getInt(connection + CAPABLE) & wanted;
    NativeBytes.putInt(connection + WANT, NativeBytes.getInt(connection + WANT) | possible);
  }
}
