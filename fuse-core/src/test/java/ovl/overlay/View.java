package ovl.overlay;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.DirSink;
import ovl.fs.Entry;
import ovl.fs.Name;
import ovl.fs.NodeFs;
import ovl.fs.OpenResult;
import ovl.fs.SetAttr;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;

/**
 * A user of a {@link NodeFs}: paths instead of nodeids, each looked up anew from the root, and the
 * references that this gives counted, as a kernel would, until {@link #forgetAll}. For one thread.
 */
final class View implements AutoCloseable {
  private static final int NAME = 0;
  private static final int NAME2 = 1 << 13;
  private static final int DATA = 1 << 16;
  private static final int DATA_SIZE = 1 << 18;

  private final NodeFs fs;
  private final Memory memory;
  private final Caller caller = new Caller();
  private final Entry entry = new Entry();
  private final OpenResult opened = new OpenResult();
  private final Map<Long, Long> references = new HashMap<>();

  View(Syscalls sys, NodeFs fs) {
    this.fs = fs;
    this.memory = Memory.map(sys, DATA + DATA_SIZE);
    as(0, 0, 0);
  }

  /** Goes on as somebody else. */
  View as(int uid, int gid, int umask) {
    caller.set(uid, gid, 1, umask);
    return this;
  }

  Caller caller() {
    return caller;
  }

  long data() {
    return memory.address() + DATA;
  }

  private Name name(int at, String name) {
    return Name.copyOf(memory, at, name.getBytes(StandardCharsets.UTF_8));
  }

  Name name(String name) {
    return name(NAME, name);
  }

  private long referred(Entry answer) {
    if (answer.nodeid != 0) {
      references.merge(answer.nodeid, 1L, Long::sum);
    }
    return answer.nodeid;
  }

  private static String parentOf(String path) {
    return path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "";
  }

  private static String lastOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The nodeid that a path leads to; "" is the root. ENOENT if there is none. */
  long id(String path) throws ErrnoException {
    long id = NodeFs.ROOT_ID;
    for (String part : path.isEmpty() ? new String[0] : path.split("/")) {
      fs.lookup(caller, id, name(NAME, part), entry);
      if (entry.nodeid == 0) {
        throw ErrnoException.of(Errno.ENOENT);
      }
      id = referred(entry);
    }
    return id;
  }

  private long parent(String path) throws ErrnoException {
    return id(parentOf(path));
  }

  boolean exists(String path) throws ErrnoException {
    try {
      id(path);
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return false;
      }
      throw e;
    }
  }

  Attr stat(String path) throws ErrnoException {
    return stat(id(path));
  }

  Attr stat(long id) throws ErrnoException {
    Attr attr = new Attr();
    fs.getattr(caller, id, NodeFs.NO_FH, attr);
    return attr;
  }

  long open(String path, int flags) throws ErrnoException {
    return openId(id(path), flags);
  }

  long openId(long id, int flags) throws ErrnoException {
    fs.open(caller, id, flags, false, opened);
    return opened.fh;
  }

  void release(long fh) {
    fs.release(0, fh);
  }

  String readFh(long fh) throws ErrnoException {
    return new String(readBytes(fh, 0, DATA_SIZE), StandardCharsets.UTF_8);
  }

  byte[] readBytes(long fh, long offset, int size) throws ErrnoException {
    int length = fs.read(0, fh, offset, size, data());
    return NativeBytes.read(data(), length);
  }

  void writeFh(long fh, long offset, String text) throws ErrnoException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    NativeBytes.write(data(), bytes);
    fs.write(0, fh, offset, bytes.length, data(), false);
  }

  String read(String path) throws ErrnoException {
    long fh = open(path, Linux.O_RDONLY);
    try {
      return readFh(fh);
    } finally {
      release(fh);
    }
  }

  /** As a shell's {@code >}: an existing file is truncated, a missing one made. */
  void write(String path, String text) throws ErrnoException {
    long fh =
        exists(path)
            ? open(path, Linux.O_WRONLY | Linux.O_TRUNC)
            : create(path, 0644, Linux.O_WRONLY);
    try {
      writeFh(fh, 0, text);
    } finally {
      release(fh);
    }
  }

  /** Puts text at the beginning of an existing file and leaves the rest. */
  void overwrite(String path, String text) throws ErrnoException {
    long fh = open(path, Linux.O_WRONLY);
    try {
      writeFh(fh, 0, text);
    } finally {
      release(fh);
    }
  }

  /** The new handle. */
  long create(String path, int mode, int flags) throws ErrnoException {
    long parent = parent(path);
    fs.create(caller, parent, name(NAME, lastOf(path)), mode, flags, entry, opened);
    referred(entry);
    return opened.fh;
  }

  void createFile(String path, int mode) throws ErrnoException {
    release(create(path, mode, Linux.O_WRONLY | Linux.O_EXCL));
  }

  /** An unnamed file: its nodeid and handle. */
  long[] tmpfile(String dir, int mode) throws ErrnoException {
    fs.tmpfile(caller, id(dir), mode, Linux.O_RDWR, entry, opened);
    return new long[] {referred(entry), opened.fh};
  }

  long mkdir(String path, int mode) throws ErrnoException {
    fs.mkdir(caller, parent(path), name(NAME, lastOf(path)), mode, entry);
    return referred(entry);
  }

  void mkdir(String path) throws ErrnoException {
    mkdir(path, 0755);
  }

  void mknod(String path, int mode, int rdev) throws ErrnoException {
    fs.mknod(caller, parent(path), name(NAME, lastOf(path)), mode, rdev, entry);
    referred(entry);
  }

  void symlink(String path, String target) throws ErrnoException {
    long parent = parent(path);
    fs.symlink(caller, parent, name(NAME, lastOf(path)), name(NAME2, target), entry);
    referred(entry);
  }

  String readlink(String path) throws ErrnoException {
    int length = fs.readlink(caller, id(path), data(), Linux.PATH_MAX);
    return new String(NativeBytes.read(data(), length), StandardCharsets.UTF_8);
  }

  void link(String from, String to) throws ErrnoException {
    linkId(id(from), to);
  }

  void linkId(long id, String to) throws ErrnoException {
    fs.link(caller, id, parent(to), name(NAME, lastOf(to)), entry);
    referred(entry);
  }

  /** How long the attributes of the last entry may be kept. */
  long lastAttrValidNanos() {
    return entry.attr.validNanos;
  }

  void unlink(String path) throws ErrnoException {
    fs.unlink(caller, parent(path), name(NAME, lastOf(path)));
  }

  void rmdir(String path) throws ErrnoException {
    fs.rmdir(caller, parent(path), name(NAME, lastOf(path)));
  }

  void rename(String from, String to, int flags) throws ErrnoException {
    long oldParent = parent(from);
    long newParent = parent(to);
    Name oldName = name(NAME, lastOf(from));
    fs.rename(caller, oldParent, oldName, newParent, name(NAME2, lastOf(to)), flags);
  }

  void rename(String from, String to) throws ErrnoException {
    rename(from, to, 0);
  }

  Attr setattr(String path, SetAttr set) throws ErrnoException {
    Attr attr = new Attr();
    fs.setattr(caller, id(path), NodeFs.NO_FH, set, attr);
    return attr;
  }

  void chmod(String path, int mode) throws ErrnoException {
    SetAttr set = new SetAttr();
    set.setMode = true;
    set.mode = mode;
    setattr(path, set);
  }

  void truncate(String path, long size) throws ErrnoException {
    SetAttr set = new SetAttr();
    set.setSize = true;
    set.size = size;
    setattr(path, set);
  }

  void setxattr(String path, String name, byte[] value) throws ErrnoException {
    setxattr(path, name, value, 0);
  }

  void setxattr(String path, String name, byte[] value, int flags) throws ErrnoException {
    long id = id(path);
    NativeBytes.write(data(), value);
    fs.setxattr(caller, id, name(NAME, name), data(), value.length, flags, false);
  }

  byte[] getxattr(String path, String name) throws ErrnoException {
    long id = id(path);
    int length = fs.getxattr(caller, id, name(NAME, name), data(), DATA_SIZE);
    return NativeBytes.read(data(), length);
  }

  void removexattr(String path, String name) throws ErrnoException {
    long id = id(path);
    fs.removexattr(caller, id, name(NAME, name));
  }

  /** The names of the attributes, sorted. */
  List<String> listxattr(String path) throws ErrnoException {
    int length = fs.listxattr(caller, id(path), data(), DATA_SIZE);
    String all = new String(NativeBytes.read(data(), length), StandardCharsets.UTF_8);
    List<String> names = new ArrayList<>();
    for (String name : all.split("\0")) {
      if (!name.isEmpty()) {
        names.add(name);
      }
    }
    names.sort(null);
    return names;
  }

  /** One entry of a listing. */
  record Listed(String name, long ino, int type, long next, long nodeid) {}

  /** Takes so many entries at a time. */
  private final class Page implements DirSink {
    final List<Listed> entries = new ArrayList<>();
    private final int room;

    Page(int room) {
      this.room = room;
    }

    @Override
    public boolean fits(int nameLength) {
      return entries.size() < room;
    }

    /** As if each took as much as with attributes and a short name. */
    @Override
    public int remaining() {
      return (room - entries.size()) * 160;
    }

    @Override
    public void add(byte[] name, long ino, int type, long next) {
      entries.add(new Listed(text(name), ino, type, next, 0));
    }

    @Override
    public void addPlus(byte[] name, Entry plus, int type, long ino, long next) {
      referred(plus);
      entries.add(new Listed(text(name), ino, type, next, plus.nodeid));
    }

    private String text(byte[] name) {
      return new String(name, StandardCharsets.UTF_8);
    }
  }

  long opendir(String path) throws ErrnoException {
    fs.opendir(caller, id(path), opened);
    return opened.fh;
  }

  void releasedir(long fh) {
    fs.releasedir(0, fh);
  }

  /** At most {@code room} entries from an offset. */
  List<Listed> page(long fh, long offset, int room, boolean plus) throws ErrnoException {
    return page(0, fh, offset, room, plus);
  }

  /** As {@link #page(long, long, int, boolean)}, without a handle. */
  List<Listed> page(String dir, long offset, int room, boolean plus) throws ErrnoException {
    return page(id(dir), NodeFs.NO_FH, offset, room, plus);
  }

  /** As {@link #page(String, long, int, boolean)}, all of them, by nodeid. */
  List<Listed> page(long id, long offset) throws ErrnoException {
    return page(id, NodeFs.NO_FH, offset, Integer.MAX_VALUE, false);
  }

  private List<Listed> page(long id, long fh, long offset, int room, boolean plus)
      throws ErrnoException {
    Page page = new Page(room);
    if (plus) {
      fs.readdirplus(caller, id, fh, offset, page);
    } else {
      fs.readdir(caller, id, fh, offset, page);
    }
    return page.entries;
  }

  /** All entries with the dots, read {@code room} at a time. */
  List<Listed> entries(String dir, int room, boolean plus) throws ErrnoException {
    long fh = opendir(dir);
    try {
      List<Listed> all = new ArrayList<>();
      List<Listed> page = page(fh, 0, room, plus);
      while (!page.isEmpty()) {
        all.addAll(page);
        page = page(fh, page.get(page.size() - 1).next(), room, plus);
      }
      return all;
    } finally {
      releasedir(fh);
    }
  }

  /** The names without the dots, sorted. */
  List<String> list(String dir) throws ErrnoException {
    List<String> names = new ArrayList<>();
    for (Listed listed : entries(dir, 100, false)) {
      if (!listed.name().equals(".") && !listed.name().equals("..")) {
        names.add(listed.name());
      }
    }
    names.sort(null);
    return names;
  }

  /** How many references this user holds on a node. */
  long references(long id) {
    return references.getOrDefault(id, 0L);
  }

  void forgetAll() {
    references.forEach(fs::forget);
    references.clear();
  }

  @Override
  public void close() {
    forgetAll();
    memory.close();
  }
}
