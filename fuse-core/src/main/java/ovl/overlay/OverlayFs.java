package ovl.overlay;

import java.util.List;
import java.util.function.Supplier;
import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.DirSink;
import ovl.fs.Entry;
import ovl.fs.KernelNotifier;
import ovl.fs.Name;
import ovl.fs.NameKey;
import ovl.fs.NodeFs;
import ovl.fs.OpenResult;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.layer.LayerStack;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Syscalls;

/**
 * The overlay as a {@link NodeFs}: a switchboard. Each operation finds its node or handle, calls
 * the one class that knows the verb, and fills the answer.
 */
public final class OverlayFs implements NodeFs {
  private final OverlayOptions options;
  private final KernelCache kernel = new KernelCache();
  private final NodeTable nodes = new NodeTable(kernel, Runtime.getRuntime().maxMemory());
  private final CopyUp copyUp;
  private final Attributes attributes;
  private final Names names;
  private final Answers answers;
  private final Lookup lookup;
  private final Readers readers = new Readers();
  private final MergedDir mergedDir;
  private final Create create;
  private final Link link;
  private final CreateOpen createOpen;
  private final Remove remove;
  private final Rename rename;
  private final Xattrs xattrs;
  private final Handles handles;
  private final FileData fileData;
  private final Sync sync;
  private final FileFlags fileFlags;
  private final Inspection inspection;
  private final LayerStack stack;
  private final Node root;

  /**
   * @param stack open; closed by {@link #destroy}
   */
  public OverlayFs(Syscalls sys, LayerStack stack, OverlayOptions options) {
    this.options = options;
    this.stack = stack;
    Index index = new Index(sys, stack);
    Places places = new Places(sys, index);
    Features features = options.features().in(stack);
    VerbContext context =
        new VerbContext(
            sys,
            stack,
            options,
            features,
            nodes,
            places,
            index,
            new Protection(sys, stack, places),
            new Purity(stack, places, features, index),
            new InodeNumbers(stack, options),
            kernel,
            new Owners(sys, stack, options),
            new RealStat(sys, stack));
    Detach detach = new Detach(context);
    copyUp = new CopyUp(context);
    attributes = new Attributes(context, copyUp);
    names = new Names(stack);
    answers = new Answers(nodes, attributes);
    lookup = new Lookup(context, attributes, new MissingOrigin(context));
    mergedDir = new MergedDir(context, lookup, attributes, readers);
    FreeNames freeNames = new FreeNames(context, lookup);
    create = new Create(context, lookup, freeNames, copyUp, attributes);
    link = new Link(context, freeNames, copyUp);
    remove = new Remove(context, lookup, copyUp, mergedDir, detach);
    rename = new Rename(context, lookup, copyUp, mergedDir, remove, detach);
    xattrs = new Xattrs(context, copyUp);
    handles = new Handles(context, copyUp, attributes);
    fileData = new FileData(context, handles, attributes);
    createOpen = new CreateOpen(context, create, lookup, handles, answers);
    sync = new Sync(sys, stack, options);
    fileFlags = new FileFlags(context, handles, copyUp);
    inspection = new Inspection(context, lookup);
    root = lookup.root();
  }

  @Override
  public void attach(KernelNotifier notifier) {
    kernel.attach(notifier);
  }

  /** How many nodes are in memory, the root included: 1 when the kernel has forgotten all. */
  public long nodeCount() {
    return nodes.count();
  }

  /** The copy-ups since the mount. */
  public CopyUps copyUps() {
    return copyUp.copyUps();
  }

  /**
   * Sets who describes the mount to those that ask for {@code user.ovl-mount.status}; see {@link
   * Inspection}.
   */
  public void describeBy(Supplier<byte[]> status) {
    inspection.setStatus(status);
  }

  /** For tests, which check that all nodes agree with each other. */
  NodeTable nodes() {
    return nodes;
  }

  Node root() {
    return root;
  }

  /** The names in a directory. */
  List<Listing.Item> list(Node dir) throws ErrnoException {
    return mergedDir.names(dir);
  }

  /** A child with a reference, for {@link #unref}; null if there is no such name. */
  Node child(Node dir, NameKey name) throws ErrnoException {
    return lookup.child(dir, name);
  }

  /** Gives a reference back; the root and null have none. */
  void unref(Node node) {
    if (node != null && node != root) {
      nodes.unref(node);
    }
  }

  private CreateContext context(Caller caller, long parent, Name name, Entry out)
      throws ErrnoException {
    return new CreateContext(caller, nodes.directory(parent), names.toMake(name), out);
  }

  @Override
  public void lookup(Caller caller, long parent, Name name, Entry out) throws ErrnoException {
    out.nodeid = 0;
    Node dir = nodes.directory(parent);
    Node child = lookup.child(dir, names.known(name), out);
    if (child == null) {
      out.negative(options.cacheTimes().negativeNanos());
    } else {
      readers.lookedUp(caller.pid(), dir);
      answers.give(child, out);
    }
  }

  @Override
  public void renumber(long nodeid) {
    Node node = nodes.getOrNull(nodeid);
    if (node != null && !node.isDirectory()) {
      nodes.renumber(node, nodeid);
      kernel.changed(node);
    }
  }

  @Override
  public void forget(long nodeid, long nlookup) {
    nodes.forget(nodeid, nlookup);
  }

  @Override
  public void getattr(Caller caller, long nodeid, long fh, Attr out) throws ErrnoException {
    attributes.get(nodes.get(nodeid), out);
  }

  @Override
  public void setattr(Caller caller, long nodeid, long fh, SetAttr set, Attr out)
      throws ErrnoException {
    Node node = nodes.get(nodeid);
    if (set.isEmpty()) {
      attributes.setNothing(caller, node, handles);
    } else {
      attributes.set(node, set.setSize && fh != NO_FH ? handles.writableFd(fh) : -1, set);
    }
    attributes.get(node, out);
  }

  @Override
  public int readlink(Caller caller, long nodeid, long address, int size) throws ErrnoException {
    return attributes.readlink(nodes.get(nodeid), address, size);
  }

  @Override
  public void mknod(Caller caller, long parent, Name name, int mode, int rdev, Entry out)
      throws ErrnoException {
    answers.give(create.mknod(context(caller, parent, name, out), mode, rdev), out);
  }

  @Override
  public void mkdir(Caller caller, long parent, Name name, int mode, Entry out)
      throws ErrnoException {
    answers.give(create.mkdir(context(caller, parent, name, out), mode), out);
  }

  @Override
  public void symlink(Caller caller, long parent, Name name, Name target, Entry out)
      throws ErrnoException {
    answers.give(create.symlink(context(caller, parent, name, out), target), out);
  }

  @Override
  public void link(Caller caller, long nodeid, long newParent, Name newName, Entry out)
      throws ErrnoException {
    Node node = nodes.get(nodeid);
    link.link(node, nodes.directory(newParent), names.toMake(newName));
    nodes.ref(node);
    out.nodeid = 0;
    answers.give(node, out);
    Answers.distrust(out);
  }

  @Override
  public void unlink(Caller caller, long parent, Name name) throws ErrnoException {
    remove.unlink(nodes.directory(parent), names.known(name));
  }

  @Override
  public void rmdir(Caller caller, long parent, Name name) throws ErrnoException {
    remove.rmdir(nodes.directory(parent), names.known(name));
  }

  @Override
  public void rename(Caller caller, long parent, Name name, long newParent, Name newName, int flags)
      throws ErrnoException {
    rename.rename(
        nodes.directory(parent),
        names.known(name),
        nodes.directory(newParent),
        names.toMake(newName),
        flags);
  }

  @Override
  public void open(Caller caller, long nodeid, int flags, boolean killSuidgid, OpenResult out)
      throws ErrnoException {
    handles.open(nodes.get(nodeid), flags, killSuidgid, out);
  }

  @Override
  public void create(
      Caller caller, long parent, Name name, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException {
    createOpen.file(context(caller, parent, name, entry), mode, flags, out);
  }

  @Override
  public void tmpfile(Caller caller, long parent, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException {
    createOpen.unnamed(caller, nodes.directory(parent), mode, flags, entry, out);
  }

  @Override
  public int read(long nodeid, long fh, long offset, int size, long address) throws ErrnoException {
    return fileData.read(fh, offset, size, address);
  }

  @Override
  public int write(long nodeid, long fh, long offset, int size, long address, boolean killSuidgid)
      throws ErrnoException {
    return fileData.write(fh, offset, size, address, killSuidgid);
  }

  @Override
  public void flush(long nodeid, long fh) {
    // Every write was answered with its own result: there is nothing left to report.
  }

  @Override
  public void release(long nodeid, long fh) {
    handles.release(fh);
  }

  @Override
  public void fsync(long nodeid, long fh, boolean dataOnly) throws ErrnoException {
    fileData.fsync(fh, dataOnly);
  }

  @Override
  public void fallocate(long nodeid, long fh, int mode, long offset, long length)
      throws ErrnoException {
    fileData.fallocate(fh, mode, offset, length);
  }

  @Override
  public long lseek(long nodeid, long fh, long offset, int whence, boolean isCached)
      throws ErrnoException {
    return fileData.lseek(fh, offset, whence, isCached);
  }

  @Override
  public boolean isOpenElsewhere(long nodeid, long fh) {
    return handles.isOpenElsewhere(fh);
  }

  @Override
  public long copyFileRange(
      long nodeidIn,
      long fhIn,
      long offsetIn,
      long nodeidOut,
      long fhOut,
      long offsetOut,
      long length,
      int flags)
      throws ErrnoException {
    return fileData.copyFileRange(fhIn, offsetIn, fhOut, offsetOut, length, flags);
  }

  @Override
  public int ioctl(
      Caller caller, long nodeid, long fh, int command, long in, int inSize, long out, int outSize)
      throws ErrnoException {
    return fileFlags.ioctl(nodes.get(nodeid), fh, command, in, inSize, out, outSize);
  }

  @Override
  public void opendir(Caller caller, long nodeid, OpenResult out) throws ErrnoException {
    out.clear();
    out.fh = handles.addDirectory(new OpenDir(nodes.directory(nodeid)));
    // Every change goes through the kernel, which then drops the listing that it keeps.
    out.keepCache = options.cacheTimes().keepsContent();
    out.cacheDir = options.cacheTimes().keepsContent();
  }

  @Override
  public boolean listsWithoutHandle() {
    // Without OPENDIR the kernel keeps each listing, as we would tell it to.
    return options.cacheTimes().keepsContent();
  }

  @Override
  public void readdir(Caller caller, long nodeid, long fh, long offset, DirSink sink)
      throws ErrnoException {
    list(caller, nodeid, fh, offset, false, sink);
  }

  @Override
  public void readdirplus(Caller caller, long nodeid, long fh, long offset, DirSink sink)
      throws ErrnoException {
    list(caller, nodeid, fh, offset, true, sink);
  }

  private void list(Caller caller, long nodeid, long fh, long offset, boolean plus, DirSink sink)
      throws ErrnoException {
    if (fh == NO_FH) {
      mergedDir.read(nodes.directory(nodeid), caller.pid(), offset, plus, sink);
    } else {
      mergedDir.read(handles.directory(fh), caller.pid(), offset, plus, sink);
    }
  }

  @Override
  public void releasedir(long nodeid, long fh) {
    handles.releaseDirectory(fh);
  }

  @Override
  public void fsyncdir(long nodeid, long fh, boolean dataOnly) throws ErrnoException {
    sync.directory(nodes.directory(nodeid), dataOnly);
  }

  @Override
  public int getxattr(Caller caller, long nodeid, Name name, long address, int size)
      throws ErrnoException {
    Node node = nodes.get(nodeid);
    return Inspection.isReserved(name)
        ? inspection.answer(caller, node, name, address, size)
        : xattrs.get(node, name, address, size);
  }

  @Override
  public int listxattr(Caller caller, long nodeid, long address, int size) throws ErrnoException {
    return xattrs.list(caller, nodes.get(nodeid), address, size);
  }

  @Override
  public void setxattr(
      Caller caller, long nodeid, Name name, long address, int size, int flags, boolean killSgid)
      throws ErrnoException {
    refuseReserved(name);
    xattrs.set(nodes.get(nodeid), name, address, size, flags, killSgid);
  }

  @Override
  public void removexattr(Caller caller, long nodeid, Name name) throws ErrnoException {
    refuseReserved(name);
    xattrs.remove(nodes.get(nodeid), name);
  }

  private static void refuseReserved(Name name) throws ErrnoException {
    if (Inspection.isReserved(name)) {
      throw ErrnoException.of(Errno.EPERM);
    }
  }

  @Override
  public void statfs(Caller caller, long nodeid, StatFs out) throws ErrnoException {
    attributes.statfs(out);
  }

  @Override
  public void syncfs(long nodeid) throws ErrnoException {
    sync.all();
  }

  @Override
  public void destroy() {
    try {
      handles.closeAll();
      mergedDir.closeAll();
      nodes.clear();
    } finally {
      // Here and not by who waits for the end: umount(2) has returned, and that of the filesystem
      // that the layers are on may follow at once.
      stack.close();
    }
  }
}
