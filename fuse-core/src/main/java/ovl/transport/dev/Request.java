package ovl.transport.dev;

import java.nio.ByteBuffer;
import ovl.fs.Caller;
import ovl.fs.Name;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.InHeader;
import ovl.transport.dev.wire.Opcode;

/**
 * One request in the buffer of one worker: its header, and the bounds-checked way to the structs,
 * names and data behind it. Used again for every request; what it hands out is lent until the next.
 */
final class Request implements AutoCloseable {
  /** What the kernel may put before the data of the largest WRITE; also its least buffer. */
  private static final int HEADER_ROOM = 2 * 4096;

  private final Memory memory;
  private final ByteBuffer buffer;
  private final InHeader header = new InHeader();
  private final Caller caller = new Caller();
  private final Name name = new Name();
  private final Name secondName = new Name();
  private int start;
  private int received;
  private int end;
  private boolean named;

  /**
   * @param maxWrite the largest payload of a WRITE, as told to the kernel
   */
  Request(Syscalls sys, int maxWrite) {
    this(Memory.map(sys, maxWrite + HEADER_ROOM));
  }

  /** A request somewhere in a block of memory. */
  Request(Memory memory) {
    this.memory = memory;
    buffer = memory.buffer();
    header.wrap(buffer, 0);
  }

  long address() {
    return memory.address();
  }

  int capacity() {
    return memory.size();
  }

  ByteBuffer buffer() {
    return buffer;
  }

  /** Takes what a read from the device put into the buffer as the current request. */
  void received(int length) {
    received(0, length);
  }

  /** Takes what is at an index of the buffer as the current request. */
  void received(int offset, int length) {
    start = offset;
    received = length;
    named = false;
    header.wrap(buffer, offset);
    end = offset + length - (hasHeader() ? 8 * header.totalExtlen() : 0);
  }

  /** Whether there is enough of it to say what it asks and to address an answer. */
  boolean hasHeader() {
    return received >= InHeader.LENGTH;
  }

  /** Whether it is as long as it says and has room for the extensions it says it has. */
  boolean isWhole() {
    return header.len() == received && end >= payload();
  }

  int opcode() {
    return header.opcode();
  }

  long unique() {
    return header.unique();
  }

  long nodeid() {
    return header.nodeid();
  }

  int uid() {
    return header.uid();
  }

  /** Index of the first byte behind the header. */
  int payload() {
    return start + InHeader.LENGTH;
  }

  /** Index after the last byte of the payload. */
  int end() {
    return end;
  }

  /** The caller, for an operation that creates nothing. */
  Caller caller() {
    return caller(0);
  }

  Caller caller(int umask) {
    return caller.set(header.uid(), header.gid(), header.pid(), umask);
  }

  /**
   * The name of a directory entry at an index.
   *
   * @throws MalformedRequestException not one path component, or no NUL before the end
   */
  Name name(int offset) {
    named = true;
    return component(text(name, offset));
  }

  /** As {@link #name}, for the name that follows the first. */
  Name secondName() {
    return component(text(secondName, afterName()));
  }

  /** Any text but an empty one: the name of an xattr. */
  Name xattrName(int offset) {
    named = true;
    return notEmpty(text(name, offset));
  }

  /** The text that follows the first name: the target of a symlink. */
  Name target() {
    return notEmpty(text(secondName, afterName()));
  }

  /** Index behind the NUL of the first name. */
  int afterName() {
    return (int) (name.address() - memory.address()) + name.length() + 1;
  }

  /**
   * The address of data that reaches from an index over {@code size} bytes.
   *
   * @throws MalformedRequestException it would end behind the request
   */
  long data(int offset, int size) {
    if (size < 0 || size > end - offset) {
      throw new MalformedRequestException(
          Integer.toUnsignedString(size) + " bytes of data, " + (end - offset) + " there");
    }
    return memory.address() + offset;
  }

  private Name text(Name out, int offset) {
    long address = memory.address() + offset;
    int length = offset < end ? NativeBytes.indexOf(address, (byte) 0, end - offset) : -1;
    if (length < 0) {
      named = false;
      throw new MalformedRequestException("name without NUL");
    }
    return out.set(address, length);
  }

  private static Name notEmpty(Name text) {
    if (text.length() == 0) {
      throw new MalformedRequestException("empty name");
    }
    return text;
  }

  /** The kernel resolves "." and ".." itself; as names they could only lead out of a layer. */
  private Name component(Name text) {
    long start = notEmpty(text).address();
    int length = text.length();
    if (NativeBytes.indexOf(start, (byte) '/', length) >= 0) {
      throw new MalformedRequestException("name with a slash");
    }
    boolean dots =
        length <= 2 && NativeBytes.get(start) == '.' && NativeBytes.get(start + length - 1) == '.';
    if (dots) {
      throw new MalformedRequestException("name of dots");
    }
    return text;
  }

  /** For logs. */
  @Override
  public String toString() {
    if (!hasHeader()) {
      return "request of " + received + " bytes";
    }
    String text =
        Opcode.name(opcode())
            + " nodeid="
            + Long.toUnsignedString(nodeid())
            + " unique="
            + Long.toUnsignedString(unique())
            + " len="
            + Integer.toUnsignedString(header.len());
    return named ? text + " name=" + name : text;
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
