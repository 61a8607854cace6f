package ovl.transport.dev;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.Opcode;

/**
 * From the bytes of a request to the bytes of its reply, with a filesystem that does next to
 * nothing: {@code scripts/bench --micro}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DispatcherBenchmark {
  private static final byte[] LOOKUP = Wire.request(Opcode.LOOKUP).name("file-1234567").take();
  private static final byte[] GETATTR =
      Wire.request(Opcode.GETATTR).u32(0).u32(0).u64(0).take(); // flags, dummy, fh

  private Syscalls sys;
  private Request in;
  private Reply reply;
  private Dispatcher dispatcher;

  @Setup
  public void open() {
    sys = Syscalls.load();
    in = new Request(sys, Capabilities.MAX_DATA);
    reply = new Reply(sys, Capabilities.MAX_DATA);
    dispatcher =
        new Dispatcher(
            new StubFs(), DispatcherTest.ALL, BackingFiles.off(), DirectWrites.needless(), -1);
  }

  @TearDown
  public void close() {
    in.close();
    reply.close();
  }

  @Benchmark
  public int lookup() {
    return serve(LOOKUP);
  }

  @Benchmark
  public int getattr() {
    return serve(GETATTR);
  }

  /** With the copy of the request into the buffer, which the kernel makes otherwise. */
  private int serve(byte[] request) {
    NativeBytes.write(in.address(), request);
    in.received(request.length);
    dispatcher.dispatch(in, reply);
    return reply.length();
  }
}
