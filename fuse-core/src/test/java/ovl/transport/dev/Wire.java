package ovl.transport.dev;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import ovl.sys.NativeBytes;

/** Bytes as the kernel sends and expects them, field by field. */
final class Wire {
  static final long UNIQUE = 0xdeadbeefbaadf00dL;
  static final long NODEID = 0x1122334455667788L;

  private final ByteBuffer bytes = ByteBuffer.allocate(1 << 21).order(ByteOrder.nativeOrder());

  /** The header of a request by user 1, group 2, process 3; its length is set when it is taken. */
  static Wire request(int opcode) {
    return new Wire().u32(0).u32(opcode).u64(UNIQUE).u64(NODEID).u32(1).u32(2).u32(3).u32(0);
  }

  /** The header of a reply. */
  static Wire reply(int error) {
    return new Wire().u32(0).u32(error).u64(UNIQUE);
  }

  Wire u16(int value) {
    bytes.putShort((short) value);
    return this;
  }

  Wire u32(int value) {
    bytes.putInt(value);
    return this;
  }

  Wire u64(long value) {
    bytes.putLong(value);
    return this;
  }

  /** A text and its NUL. */
  Wire name(String text) {
    return text(text).raw((byte) 0);
  }

  Wire text(String text) {
    return raw(text.getBytes(StandardCharsets.UTF_8));
  }

  Wire raw(byte... data) {
    bytes.put(data);
    return this;
  }

  Wire zeros(int count) {
    return raw(new byte[count]);
  }

  /** The message, with its length where it belongs. */
  byte[] take() {
    bytes.putInt(0, bytes.position());
    return takeAsIs();
  }

  /** The message with whatever length is in it. */
  byte[] takeAsIs() {
    byte[] message = new byte[bytes.position()];
    bytes.get(0, message);
    return message;
  }

  /** Puts a message where a read from the device would. */
  static void deliver(Request in, byte[] message) {
    NativeBytes.write(in.address(), message);
    in.received(message.length);
  }

  /** What would be written to the device; empty if nothing. */
  static byte[] sent(Reply reply) {
    return reply.isPending() ? NativeBytes.read(reply.address(), reply.length()) : new byte[0];
  }
}
