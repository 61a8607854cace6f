package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.Opcode;

/** Bytes that are no request: truncated, lying about their length, or random. */
final class MalformedRequestTest {
  private static final Logger LOG = (Logger) LoggerFactory.getLogger(Dispatcher.class);

  private final Syscalls sys = Syscalls.load();
  private final RecordingFs recording = new RecordingFs();
  private final Request in = new Request(sys, Capabilities.MAX_DATA);
  private final Reply reply = new Reply(sys, Capabilities.MAX_DATA);
  private Dispatcher dispatcher =
      new Dispatcher(
          recording.fs(), DispatcherTest.ALL, BackingFiles.off(), DirectWrites.needless(), -1);

  /** Every malformed request is a line in the log, and here are many. */
  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  @AfterEach
  void free() {
    in.close();
    reply.close();
  }

  private byte[] send(byte[] message) {
    Wire.deliver(in, message);
    dispatcher.dispatch(in, reply);
    return Wire.sent(reply);
  }

  private void assertMalformed(byte[] message) {
    recording.calls.clear();
    byte[] answer = send(message);
    assertArrayEquals(Wire.reply(-Errno.EINVAL).take(), answer);
    assertEquals(List.of(), recording.calls);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "/", ".", ".."})
  void namesThatAreNoneAreRefused(String name) {
    assertMalformed(Wire.request(Opcode.LOOKUP).name(name).take());
    assertMalformed(Wire.request(Opcode.MKDIR).u64(0).name(name).take());
    assertMalformed(Wire.request(Opcode.RENAME).u64(9).name("ok").name(name).take());
  }

  @Test
  void textsWithoutEndAreRefused() {
    assertMalformed(Wire.request(Opcode.LOOKUP).text("etc").take());
    assertMalformed(Wire.request(Opcode.LOOKUP).take());
    assertMalformed(Wire.request(Opcode.RENAME).u64(9).name("old").text("new").take());
    assertMalformed(Wire.request(Opcode.SYMLINK).name("link").take());
    assertMalformed(Wire.request(Opcode.REMOVEXATTR).name("").take());
  }

  @Test
  void lengthsThatLieAreRefused() {
    assertMalformed(Wire.request(Opcode.STATFS).takeAsIs());
    assertMalformed(DispatcherTest.write(4, 0, new byte[3]).take());
    assertMalformed(DispatcherTest.write(-1, 0, new byte[3]).take());
    assertMalformed(ioctlOf(100).take());
    assertMalformed(
        Wire.request(Opcode.SETXATTR).u32(9).u32(0).u64(0).name("user.a").text("x").take());
    byte[] extended = Wire.request(Opcode.STATFS).take();
    extended[36] = 1; // total_extlen
    assertMalformed(extended);
  }

  private static Wire ioctlOf(int inSize) {
    return Wire.request(Opcode.IOCTL).u64(9).u32(0).u32(1).u64(0).u32(inSize).u32(0);
  }

  @Test
  void batchForgetOfMoreThanThereIsForgetsNothing() {
    for (int count : new int[] {2, -1, Integer.MAX_VALUE}) {
      Wire request = Wire.request(Opcode.BATCH_FORGET).u32(count).u32(0).u64(10).u64(1);
      assertEquals(0, send(request.take()).length);
    }
    assertEquals(List.of(), recording.calls);
  }

  @Test
  void requestWithoutAHeaderGetsNoAnswer() {
    for (int length = 0; length < 40; length++) {
      assertEquals(0, send(new byte[length]).length);
    }
  }

  @Test
  void extensionsAreNotTakenForPayload() {
    byte[] message = Wire.request(Opcode.LOOKUP).text("etc").raw(new byte[8]).take();
    message[36] = 1; // total_extlen: the last eight bytes, NUL included
    assertMalformed(message);
  }

  /** Every prefix of a good request, with the right length in its header. */
  @Test
  void truncatedRequestsAreAnswered() {
    List<Wire> requests = new ArrayList<>();
    Collections.addAll(
        requests,
        DispatcherTest.setattr(0x7f),
        DispatcherTest.write(8, 0, new byte[8]),
        DispatcherTest.ioctl(0, 8, (byte) 1));
    Collections.addAll(
        requests,
        DispatcherTest.release(Opcode.RELEASE),
        DispatcherTest.copy(Opcode.COPY_FILE_RANGE, 1));
    requests.add(Wire.request(Opcode.RENAME2).u64(9).u64(0).name("old").name("new"));
    requests.add(Wire.request(Opcode.CREATE).zeros(16).name("new"));
    for (Wire request : requests) {
      byte[] whole = request.take();
      for (int length = 40; length < whole.length; length++) {
        byte[] part = Arrays.copyOf(whole, length);
        ByteBuffer.wrap(part).order(ByteOrder.nativeOrder()).putInt(0, length);
        assertMalformed(part);
      }
    }
  }

  /** Random bytes behind a random or plausible header: one answer or none, as the opcode wants. */
  @Test
  void garbageIsAnsweredOnceOrNotAtAll() {
    long seed = Long.getLong("ovl.seed", 20_251_121L);
    Random random = new Random(seed);
    dispatcher =
        new Dispatcher(
            new StubFs(), DispatcherTest.ALL, BackingFiles.off(), DirectWrites.needless(), -1);
    for (int i = 0; i < 300_000; i++) {
      byte[] message = garbage(random);
      byte[] answer = send(message);
      String where = "seed " + seed + ", request " + i;
      ByteBuffer request = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
      if (message.length < 40 || !Dispatcher.isAnswered(request.getInt(4))) {
        assertEquals(0, answer.length, where);
        continue;
      }
      ByteBuffer sent = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
      assertTrue(answer.length >= 16, where);
      assertEquals(answer.length, sent.getInt(0), where);
      assertEquals(request.getLong(8), sent.getLong(8), where);
      int error = sent.getInt(4);
      assertTrue(error <= 0 && error > -512, where);
      assertFalse(error != 0 && answer.length != 16, where);
    }
  }

  private static byte[] garbage(Random random) {
    boolean tiny = random.nextInt(50) == 0;
    byte[] message = new byte[tiny ? random.nextInt(40) : 40 + random.nextInt(200)];
    random.nextBytes(message);
    if (random.nextBoolean()) {
      for (int i = 40; i < message.length; i++) {
        message[i] = random.nextInt(4) == 0 ? message[i] : 0; // small numbers, short names
      }
    }
    if (!tiny) {
      ByteBuffer header = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
      header.putInt(0, random.nextInt(20) == 0 ? random.nextInt() : message.length);
      header.putInt(4, random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(56));
      header.putShort(36, (short) (random.nextInt(20) == 0 ? random.nextInt() : 0));
    }
    return message;
  }
}
