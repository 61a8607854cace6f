package ovl.transport.dev;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.DirSink;
import ovl.fs.Entry;
import ovl.fs.Name;
import ovl.fs.NodeFs;
import ovl.fs.OpenResult;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;

/**
 * Writes down each call as one line and answers with fixed values, or fails as it is told. Native
 * addresses are written as {@code @}.
 */
final class RecordingFs implements InvocationHandler {
  final List<String> calls = new ArrayList<>();

  /** What the calls throw, if anything. */
  Throwable failure;

  /** What the calls return, as far as they return anything. */
  long result;

  /** What read, readlink, getxattr, listxattr and ioctl put in place. */
  byte[] data = new byte[0];

  /** The names that a listing has. */
  List<String> names = List.of();

  boolean listsWithoutHandle;

  /** What a lookup finds. */
  long found = 0x7777;

  /** The last data that was written or set. */
  byte[] taken;

  NodeFs fs() {
    return (NodeFs)
        Proxy.newProxyInstance(NodeFs.class.getClassLoader(), new Class<?>[] {NodeFs.class}, this);
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
    if (method.getName().equals("listsWithoutHandle")) {
      return listsWithoutHandle; // asked once, by no request
    }
    calls.add(method.getName() + describe(method, args));
    for (Object arg : args) {
      fill(arg);
    }
    transfer(method.getName(), args);
    if (failure != null) {
      throw failure;
    }
    return method.getReturnType() == int.class
        ? (Object) (int) result
        : method.getReturnType() == long.class ? (Object) result : null;
  }

  private String describe(Method method, Object[] args) {
    StringJoiner line = new StringJoiner(" ", "(", ")");
    int addresses = addressArgument(method.getName());
    for (int i = 0; i < args.length; i++) {
      boolean address = i == addresses || method.getName().equals("ioctl") && i == 6;
      String text = address ? "@" : describe(args[i]);
      if (!text.isEmpty()) {
        line.add(text);
      }
    }
    return line.toString();
  }

  private static int addressArgument(String method) {
    return switch (method) {
      case "read", "write", "ioctl" -> 4;
      case "readlink", "listxattr" -> 2;
      case "getxattr", "setxattr" -> 3;
      default -> -1;
    };
  }

  private static String describe(Object arg) {
    if (arg instanceof Caller caller) {
      return caller.uid()
          + ":"
          + caller.gid()
          + ":"
          + caller.pid()
          + "/"
          + Integer.toOctalString(caller.umask());
    }
    if (arg instanceof Long number) {
      return Long.toHexString(number);
    }
    if (arg instanceof SetAttr set) {
      return (set.setMode ? "mode=" + Integer.toOctalString(set.mode) : "")
          + (set.setUid ? " uid=" + set.uid : "")
          + (set.setGid ? " gid=" + set.gid : "")
          + (set.setSize ? " size=" + set.size : "")
          + (set.setAtime ? " atime=" + set.atime + "." + set.atimeNsec : "")
          + (set.setMtime ? " mtime=" + set.mtime + "." + set.mtimeNsec : "")
          + (set.atimeNow ? " atimeNow" : "")
          + (set.mtimeNow ? " mtimeNow" : "")
          + (set.killSuidgid ? " kill" : "");
    }
    return arg instanceof Name || arg instanceof Integer || arg instanceof Boolean
        ? arg.toString()
        : "";
  }

  private void fill(Object arg) {
    if (arg instanceof Attr attr) {
      fill(attr);
    } else if (arg instanceof Entry entry) {
      entry.nodeid = found;
      entry.generation = 0x88;
      entry.validNanos = 3_000_000_004L;
      fill(entry.attr);
    } else if (arg instanceof OpenResult open) {
      open.fh = 0x99;
      open.keepCache = true;
    } else if (arg instanceof StatFs stat) {
      stat.blocks = 1;
      stat.bfree = 2;
      stat.bavail = 3;
      stat.files = 4;
      stat.ffree = 5;
      stat.bsize = 6;
      stat.frsize = 7;
      stat.namelen = 8;
    }
  }

  private static void fill(Attr attr) {
    attr.ino = 1;
    attr.size = 2;
    attr.blocks = 3;
    attr.atime = 4;
    attr.mtime = 5;
    attr.ctime = 6;
    attr.btime = 7;
    attr.atimeNsec = 8;
    attr.mtimeNsec = 9;
    attr.ctimeNsec = 10;
    attr.btimeNsec = 11;
    attr.hasBtime = true;
    attr.mode = Linux.S_IFREG | 0644;
    attr.nlink = 12;
    attr.uid = 13;
    attr.gid = 14;
    attr.rdevMajor = 0x123;
    attr.rdevMinor = 0x45678;
    attr.blksize = 15;
    attr.attributes = 16;
    attr.attributesMask = 17;
    attr.validNanos = 1_000_000_002L;
  }

  private void transfer(String method, Object[] args) {
    switch (method) {
      case "read" -> NativeBytes.write((long) args[4], data);
      case "readlink", "listxattr" -> NativeBytes.write((long) args[2], data);
      case "getxattr" -> NativeBytes.write((long) args[3], data);
      case "write" -> taken = NativeBytes.read((long) args[4], (int) args[3]);
      case "setxattr" -> taken = NativeBytes.read((long) args[3], (int) args[4]);
      case "ioctl" -> {
        taken = NativeBytes.read((long) args[4], (int) args[5]);
        NativeBytes.write((long) args[6], data);
      }
      case "readdir", "readdirplus" ->
          list((DirSink) args[4], (long) args[3], method.equals("readdirplus"));
      default -> {
        // Nothing travels.
      }
    }
  }

  private void list(DirSink sink, long offset, boolean plus) {
    Entry entry = new Entry();
    for (int i = (int) offset; i >= 0 && i < names.size(); i++) {
      byte[] name = names.get(i).getBytes(StandardCharsets.UTF_8);
      if (!sink.fits(name.length)) {
        return;
      }
      fill((Object) entry);
      if (names.get(i).startsWith(".")) {
        entry.negative(0);
      }
      if (plus) {
        sink.addPlus(name, entry, Linux.DT_REG, 0x55, i + 1);
      } else {
        sink.add(name, 0x55, Linux.DT_REG, i + 1);
      }
    }
  }
}
