package ovl.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class QuantityTest {
  @Test
  void bytesInBinaryUnits() {
    assertEquals("0 B", Quantity.bytes(0));
    assertEquals("1023 B", Quantity.bytes(1023));
    assertEquals("1.0 KiB", Quantity.bytes(1024));
    assertEquals("1.5 MiB", Quantity.bytes(3 << 19));
    assertEquals("8.0 EiB", Quantity.bytes(Long.MAX_VALUE));
  }

  @Test
  void timesInDecimalUnits() {
    assertEquals("999 ns", Quantity.time(999));
    assertEquals("1.0 µs", Quantity.time(1000));
    assertEquals("123 ms", Quantity.time(123_400_000));
    assertEquals("3600 s", Quantity.time(3_600_000_000_000L));
  }
}
