package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import java.util.List;
import ovl.fs.DirSink;
import ovl.fs.Entry;
import ovl.fs.NameKey;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.Dirents;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Lists directories (kernel: fs/overlayfs/readdir.c). A directory in one layer is passed through
 * with the real offsets; a merged one is read whole and listed from that, so that offsets stay good
 * while names come and go. Whiteouts are never listed.
 */
final class MergedDir {
  private static final byte[] DOT = ".".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DOT_DOT = "..".getBytes(StandardCharsets.US_ASCII);

  /** Of a listing: after ".", after "..". */
  private static final int DOTS = 2;

  private static final int LARGEST_DIRENT = 280;

  /**
   * Of a part that gives attributes, the entries in its last bytes, one or two, have names only:
   * whether they are looked up shows whether the next part is to give attributes.
   */
  private static final int PROBE = 320;

  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final Lookup lookup;
  private final Attributes attributes;
  private final InodeNumbers numbers;
  private final Merge merge;
  private final Readers readers;
  private final DirStreams streams = new DirStreams();

  MergedDir(VerbContext context, Lookup lookup, Attributes attributes, Readers readers) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.lookup = lookup;
    this.attributes = attributes;
    this.numbers = context.numbers();
    this.merge = new Merge(context);
    this.readers = readers;
  }

  /** As {@link #read(OpenDir, int, long, boolean, DirSink)}, for a reader without a handle. */
  void read(Node dir, int reader, long offset, boolean plus, DirSink sink) throws ErrnoException {
    OpenDir stream = streams.take(dir);
    boolean goesOn = false;
    try {
      goesOn = read(stream, reader, offset, plus, sink);
    } finally {
      if (goesOn) {
        streams.keep(stream);
      } else {
        stream.close();
      }
    }
  }

  /** Closes what is kept; the mount has ended. */
  void closeAll() {
    streams.closeAll();
  }

  /** One entry on its way to the sink. */
  private record Listed(NameKey name, int type, long ino, int layer, long next) {}

  /**
   * Lists from an offset until the sink is full.
   *
   * @param reader the pid of the process that reads
   * @param plus with attributes, as far as they are likely to be of use: always in the first part,
   *     which small directories have only; each entry with them gives the kernel a reference
   * @return false if there was nothing left to list
   */
  boolean read(OpenDir open, int reader, long offset, boolean plus, DirSink sink)
      throws ErrnoException {
    synchronized (open) {
      open.beginPart(offset == 0 || readers.wantsAttributes(reader));
      try {
        return readPart(open, offset, plus, sink);
      } finally {
        readers.named(reader, open.node(), open.named());
      }
    }
  }

  private boolean readPart(OpenDir open, long offset, boolean plus, DirSink sink)
      throws ErrnoException {
    if (offset == 0 || open.listing() == null && open.fd() == null) {
      rewind(open);
    }
    if (open.listing() != null) {
      return readListing(open, offset, plus, sink);
    }
    return open.fd() != null && readThrough(open, offset, plus, sink);
  }

  private void rewind(OpenDir open) throws ErrnoException {
    open.close();
    Node node = open.node();
    if (node.isRemoved()) {
      return;
    }
    RealStack real = node.real();
    if (real.depth() == 1) {
      open.setFd(merge.openForReading(real.top()), real.top().layer().index());
    } else {
      open.setListing(merge.namesOnce(node));
    }
  }

  private boolean readListing(OpenDir open, long offset, boolean plus, DirSink sink)
      throws ErrnoException {
    if (offset < 1 && !addDot(open, sink, plus, 1)
        || offset < DOTS && !addDotDot(open, sink, plus, DOTS)) {
      return true;
    }
    Listing listing = open.listing();
    int size = listing.items().size();
    int first = listing.indexAfter(offset);
    for (int i = first; i < size; i++) {
      Listing.Item item = listing.items().get(i);
      long next = listing.offsetAfter(i);
      Listed listed = new Listed(item.name(), item.type(), item.ino(), item.layer(), next);
      if (!add(open, listed, plus, sink)) {
        break;
      }
    }
    return offset < DOTS || first < size;
  }

  private boolean readThrough(OpenDir open, long offset, boolean plus, DirSink sink)
      throws ErrnoException {
    int fd = open.fd().get();
    check(sys.lseek(fd, offset, Linux.SEEK_SET));
    Dirents dirents = Scratch.current(sys).dirents();
    boolean isAtEnd = true;
    while (dirents.fill(fd, worthReading(plus, sink)) > 0) {
      isAtEnd = false;
      while (dirents.next()) {
        if (!passThrough(open, fd, dirents, plus, sink)) {
          return true;
        }
      }
    }
    return !isAtEnd;
  }

  /** About what the sink has room for; an entry with attributes takes four times a plain one's. */
  private static int worthReading(boolean plus, DirSink sink) {
    return Math.max(LARGEST_DIRENT, plus ? sink.remaining() / 4 : sink.remaining());
  }

  private boolean passThrough(OpenDir open, int fd, Dirents dirents, boolean plus, DirSink sink)
      throws ErrnoException {
    if (dirents.isDotOrDotDot()) {
      return dirents.nameLength() == 1
          ? addDot(open, sink, plus, dirents.offset())
          : addDotDot(open, sink, plus, dirents.offset());
    }
    int type = merge.visibleType(fd, dirents);
    NameKey name = new NameKey(dirents.name());
    if (type < 0 || stack.aufs().isMark(name.bytes())) {
      return true;
    }
    return add(
        open, new Listed(name, type, dirents.ino(), open.layer(), dirents.offset()), plus, sink);
  }

  private boolean addDot(OpenDir open, DirSink sink, boolean plus, long next) {
    return addDot(open, DOT, open.node().ino(), sink, plus, next);
  }

  private boolean addDotDot(OpenDir open, DirSink sink, boolean plus, long next) {
    Place place = open.node().place();
    long ino = place == null ? open.node().ino() : place.parent().ino();
    return addDot(open, DOT_DOT, ino, sink, plus, next);
  }

  private boolean addDot(
      OpenDir open, byte[] name, long ino, DirSink sink, boolean plus, long next) {
    if (!sink.fits(name.length)) {
      return false;
    }
    if (plus) {
      Entry none = open.entry();
      none.negative(0);
      sink.addPlus(name, none, Linux.DT_DIR, ino, next);
    } else {
      sink.add(name, ino, Linux.DT_DIR, next);
    }
    return true;
  }

  private boolean add(OpenDir open, Listed listed, boolean plus, DirSink sink)
      throws ErrnoException {
    byte[] name = listed.name().bytes();
    if (!sink.fits(name.length)) {
      return false;
    }
    if (plus) {
      addPlus(open, listed, sink);
    } else {
      sink.add(name, shownIno(open, listed), shownType(listed), listed.next());
    }
    return true;
  }

  /** A regular file may stand for a device: only a lookup tells. */
  private int shownType(Listed listed) {
    boolean mayDiffer =
        listed.type() == Linux.DT_REG && stack.overrides().isOn(stack.layer(listed.layer()));
    return mayDiffer ? Linux.DT_UNKNOWN : listed.type();
  }

  private void addPlus(OpenDir open, Listed listed, DirSink sink) throws ErrnoException {
    Entry entry = open.entry();
    entry.negative(0);
    if (!open.givesAttributes() || sink.remaining() < PROBE) {
      open.countNamed();
      byte[] name = listed.name().bytes();
      sink.addPlus(name, entry, shownType(listed), shownIno(open, listed), listed.next());
      return;
    }
    Node child;
    try {
      child = child(open, listed, entry);
      if (child == null) {
        return;
      }
    } catch (ErrnoException e) {
      // Listed by name; whoever looks at it gets the error, and the others get their listing.
      byte[] name = listed.name().bytes();
      sink.addPlus(name, entry, listed.type(), listed.ino(), listed.next());
      return;
    }
    try {
      if (entry.nodeid == 0 && !attributes.fillEntry(child, entry)) {
        return;
      }
      nodes.take(child);
      int type = child.type() >> 12;
      sink.addPlus(listed.name().bytes(), entry, type, entry.attr.ino, listed.next());
    } finally {
      nodes.unref(child);
    }
  }

  private Node child(OpenDir open, Listed listed, Entry out) throws ErrnoException {
    Listing listing = open.listing();
    return listing == null
        ? lookup.child(open.node(), listed.name(), out)
        : lookup.child(open.node(), listed.name(), listed.layer(), listing.version(), out);
  }

  /**
   * The d_ino: what stat will say. On upper that can be the number of an origin or of a merged
   * lower, which only a lookup tells (kernel: ovl_cache_update_ino).
   */
  private long shownIno(OpenDir open, Listed listed) {
    Node dir = open.node();
    if (listed.layer() == Layer.UPPER && mayShowAnotherIno(dir)) {
      try {
        Node child = child(open, listed, null);
        if (child != null) {
          long ino = child.ino();
          nodes.unref(child);
          return ino;
        }
      } catch (ErrnoException e) {
        // As in addPlus: what cannot be looked at is listed all the same.
        return numbers.show(stack.layer(listed.layer()).dev(), listed.ino());
      }
    }
    Node known = dir.dir().children.get(listed.name());
    return known != null
        ? known.ino()
        : numbers.show(stack.layer(listed.layer()).dev(), listed.ino());
  }

  private static boolean mayShowAnotherIno(Node dir) {
    return dir.real().isMerged() || dir.real().upper().impurity() != RealDir.Impurity.PURE;
  }

  /** True if a real directory holds nothing, not even whiteouts. */
  boolean isReallyEmpty(RealDir dir) throws ErrnoException {
    try (Fd fd = merge.openForReading(dir)) {
      Dirents dirents = Scratch.current(sys).dirents();
      while (dirents.fill(fd.get()) > 0) {
        while (dirents.next()) {
          if (!dirents.isDotOrDotDot()) {
            return false;
          }
        }
      }
      return true;
    }
  }

  /** The merged names of a directory as they are now. */
  List<Listing.Item> names(Node node) throws ErrnoException {
    return merge.names(node).items();
  }

  /** True if the merged directory shows no names. */
  boolean isEmpty(Node node) throws ErrnoException {
    return names(node).isEmpty();
  }
}
