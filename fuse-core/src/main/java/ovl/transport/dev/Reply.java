package ovl.transport.dev;

import java.nio.ByteBuffer;
import ovl.fs.Attr;
import ovl.fs.Entry;
import ovl.fs.OpenResult;
import ovl.fs.StatFs;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.AttrOut;
import ovl.transport.dev.wire.CopyFileRangeOut;
import ovl.transport.dev.wire.EntryOut;
import ovl.transport.dev.wire.FopenFlags;
import ovl.transport.dev.wire.GetxattrOut;
import ovl.transport.dev.wire.InitOut;
import ovl.transport.dev.wire.IoctlOut;
import ovl.transport.dev.wire.LseekOut;
import ovl.transport.dev.wire.OpenOut;
import ovl.transport.dev.wire.OutHeader;
import ovl.transport.dev.wire.StatfsOut;
import ovl.transport.dev.wire.StatxOut;
import ovl.transport.dev.wire.SxStat;
import ovl.transport.dev.wire.WriteOut;

/**
 * One reply in the buffer of one worker, used again for every request: what follows the header is
 * at a page boundary, so that file data can be read into place, page-aligned. The header is right
 * before it, so that the whole goes out in one write, or where an io_uring expects it. A request
 * that gets no answer turns every answer into none.
 */
final class Reply implements AutoCloseable {
  /** Index of what follows the header. */
  static final int DATA = 4096;

  private static final int START = DATA - OutHeader.LENGTH;
  private static final long NANOS = 1_000_000_000L;

  /** The kernel refuses a reply with a larger error, and the caller would wait for ever. */
  private static final int MAX_ERRNO = 511;

  private final Memory memory;
  private final ByteBuffer buffer;
  private final int start;
  private final int capacity;

  private final OutHeader header = new OutHeader();
  private final NodeEncoder encoder = new NodeEncoder();
  private final EntryOut entryOut = new EntryOut();
  private final AttrOut attrOut = new AttrOut();
  private final StatxOut statxOut = new StatxOut();
  private final OpenOut openOut = new OpenOut();
  private final WriteOut writeOut = new WriteOut();
  private final LseekOut lseekOut = new LseekOut();
  private final CopyFileRangeOut copyOut = new CopyFileRangeOut();
  private final GetxattrOut getxattrOut = new GetxattrOut();
  private final StatfsOut statfsOut = new StatfsOut();
  private final IoctlOut ioctlOut = new IoctlOut();
  private final InitOut initOut = new InitOut();
  private final Listing listing;

  private boolean answered;
  private int length;

  /**
   * @param maxData the most data that one reply carries
   */
  Reply(Syscalls sys, int maxData) {
    this(Memory.map(sys, DATA + maxData), START, maxData);
  }

  /**
   * @param memory where it is put, with {@code maxData} bytes behind {@link #DATA}
   * @param start index of the header
   */
  Reply(Memory memory, int start, int maxData) {
    this.memory = memory;
    this.start = start;
    capacity = maxData;
    buffer = memory.buffer();
    listing = new Listing(buffer, encoder);
    header.wrap(buffer, start);
    entryOut.wrap(buffer, DATA);
    attrOut.wrap(buffer, DATA);
    statxOut.wrap(buffer, DATA);
    writeOut.wrap(buffer, DATA);
    lseekOut.wrap(buffer, DATA);
    copyOut.wrap(buffer, DATA);
    getxattrOut.wrap(buffer, DATA);
    statfsOut.wrap(buffer, DATA);
    ioctlOut.wrap(buffer, DATA);
    initOut.wrap(buffer, DATA);
  }

  /**
   * Starts the answer to a request.
   *
   * @param expected false for the opcodes that get no answer, whatever happens
   */
  void begin(long unique, boolean expected) {
    header.unique(unique);
    answered = expected;
    length = 0;
  }

  /** Whether there is something to send. */
  boolean isPending() {
    return length > 0;
  }

  /** Address of the whole reply. */
  long address() {
    return memory.address() + start;
  }

  /** Bytes of the whole reply, header included. */
  int length() {
    return length;
  }

  /** The errno sent, 0 for success. */
  int errno() {
    return length > 0 ? -header.error() : 0;
  }

  private void send(int payload, int error) {
    if (answered) {
      length = OutHeader.LENGTH + payload;
      header.len(length).error(error);
    }
  }

  /** Success without a payload. */
  void ok() {
    send(0, 0);
  }

  /** Failure, or no answer at all for a request that gets none. */
  void error(int errno) {
    send(0, errno > 0 && errno <= MAX_ERRNO ? -errno : -Errno.EIO);
  }

  /** No answer. */
  void none() {
    length = 0;
  }

  /** A size asked for, cut to what one reply carries; sizes are unsigned. */
  int clamp(int size) {
    return size < 0 || size > capacity ? capacity : size;
  }

  /** Where data is to be put for {@link #data}. */
  long dataAddress() {
    return memory.address() + DATA;
  }

  /** Where the result of an ioctl is to be put for {@link #ioctl}. */
  long ioctlAddress() {
    return memory.address() + DATA + IoctlOut.LENGTH;
  }

  /** A size asked of an ioctl, cut to what one reply carries. */
  int clampIoctl(int size) {
    return Math.min(clamp(size), capacity - IoctlOut.LENGTH);
  }

  /** Sends the data that is in place. */
  void data(int count, int asked) {
    if (count < 0 || count > asked) {
      throw new IllegalStateException(count + " bytes returned where " + asked + " were asked for");
    }
    send(count, 0);
  }

  /** A node, or with nodeid 0 the absence of one for as long as it says. */
  void entry(Entry entry) {
    encoder.put(entry, entryOut);
    send(EntryOut.LENGTH, 0);
  }

  /** A node made and opened in one step. */
  void create(Entry entry, OpenResult open, int backingId) {
    encoder.put(entry, entryOut);
    put(openOut.wrap(buffer, DATA + EntryOut.LENGTH), open, backingId);
    send(EntryOut.LENGTH + OpenOut.LENGTH, 0);
  }

  /**
   * @param backingId see {@link BackingFiles#open}
   */
  void open(OpenResult open, int backingId) {
    put(openOut.wrap(buffer, DATA), open, backingId);
    send(OpenOut.LENGTH, 0);
  }

  void attr(Attr attr) {
    encoder.put(attr, attrOut);
    send(AttrOut.LENGTH, 0);
  }

  void statx(Attr attr) {
    statxOut.clear();
    statxOut.attrValid(attr.validNanos / NANOS).attrValidNsec((int) (attr.validNanos % NANOS));
    SxStat stat = statxOut.stat();
    stat.mask(Linux.STATX_BASIC_STATS | (attr.hasBtime ? Linux.STATX_BTIME : 0))
        .blksize(attr.blksize)
        .attributes(attr.attributes)
        .attributesMask(attr.attributesMask)
        .nlink(attr.nlink)
        .uid(attr.uid)
        .gid(attr.gid)
        .mode(attr.mode)
        .ino(attr.ino)
        .size(attr.size)
        .blocks(attr.blocks)
        .rdevMajor(attr.rdevMajor)
        .rdevMinor(attr.rdevMinor);
    stat.atime().tvSec(attr.atime).tvNsec(attr.atimeNsec);
    stat.mtime().tvSec(attr.mtime).tvNsec(attr.mtimeNsec);
    stat.ctime().tvSec(attr.ctime).tvNsec(attr.ctimeNsec);
    if (attr.hasBtime) {
      stat.btime().tvSec(attr.btime).tvNsec(attr.btimeNsec);
    }
    send(StatxOut.LENGTH, 0);
  }

  void written(int count) {
    writeOut.clear().size(count);
    send(WriteOut.LENGTH, 0);
  }

  /** The answer to COPY_FILE_RANGE_64; the older request is answered as a WRITE is. */
  void copied(long count) {
    copyOut.bytesCopied(count);
    send(CopyFileRangeOut.LENGTH, 0);
  }

  void offset(long offset) {
    lseekOut.offset(offset);
    send(LseekOut.LENGTH, 0);
  }

  /** How long an xattr value or list is, for a caller that asked only that. */
  void xattrSize(int size) {
    getxattrOut.clear().size(size);
    send(GetxattrOut.LENGTH, 0);
  }

  void statfs(StatFs stat) {
    statfsOut.clear();
    statfsOut
        .st()
        .blocks(stat.blocks)
        .bfree(stat.bfree)
        .bavail(stat.bavail)
        .files(stat.files)
        .ffree(stat.ffree)
        .bsize(stat.bsize)
        .namelen(stat.namelen)
        .frsize(stat.frsize);
    send(StatfsOut.LENGTH, 0);
  }

  /** Success of an ioctl whose result is in place. */
  void ioctl(int count, int asked) {
    if (count < 0 || count > asked) {
      throw new IllegalStateException(count + " bytes returned where " + asked + " were asked for");
    }
    ioctlOut.clear();
    send(IoctlOut.LENGTH + count, 0);
  }

  /** The answer to INIT, zeroed, to be filled and sent with {@link #sendInit}. */
  InitOut init() {
    return initOut.clear();
  }

  void sendInit() {
    send(InitOut.LENGTH, 0);
  }

  /**
   * Starts a directory listing with that much room, to be filled and sent with {@link
   * #sendListing}.
   *
   * @param plus with attributes, for READDIRPLUS
   */
  Listing listing(int size, boolean plus) {
    return listing.begin(DATA, DATA + clamp(size), plus);
  }

  /** Sends the listing as far as it goes; empty means the end of the directory. */
  void sendListing() {
    send(listing.end() - DATA, 0);
  }

  /**
   * FLUSH is spared: without a writeback cache every write has reached the filesystem before close,
   * and its error the writer.
   */
  private static void put(OpenOut out, OpenResult open, int backingId) {
    int flags = FopenFlags.FOPEN_NOFLUSH;
    flags |= open.directIo ? FopenFlags.FOPEN_DIRECT_IO : 0;
    if (backingId != BackingFiles.NONE) {
      // Not to be kept: the pages of the node itself will not see what is written now.
      flags |= FopenFlags.FOPEN_PASSTHROUGH;
    } else {
      flags |= open.keepCache ? FopenFlags.FOPEN_KEEP_CACHE : 0;
      flags |= open.cacheDir ? FopenFlags.FOPEN_CACHE_DIR : 0;
    }
    out.fh(open.fh).openFlags(flags).backingId(backingId);
  }

  /** For logs. */
  @Override
  public String toString() {
    if (length == 0) {
      return "no reply";
    }
    return header.error() == 0 ? length - OutHeader.LENGTH + " bytes" : Errno.name(-header.error());
  }

  /** Gives the pages of the buffer back until the next use. */
  void discard() {
    memory.discard();
  }

  @Override
  public void close() {
    memory.close();
  }
}
