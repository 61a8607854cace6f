package ovl.it.oracle;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * One call with all its arguments: it can be repeated on any side, and printed.
 *
 * @param names paths first, then names and values; ISO-8859-1, a character for a byte
 * @param numbers descriptor slots first, then the other arguments
 */
record Step(Actor actor, Call call, List<String> names, List<Long> numbers) {
  String name(int index) {
    return names.get(index);
  }

  byte[] bytes(int index) {
    return names.get(index).getBytes(StandardCharsets.ISO_8859_1);
  }

  long number(int index) {
    return numbers.get(index);
  }

  int integer(int index) {
    return (int) number(index);
  }

  /** The paths among the names. */
  List<String> paths() {
    return names.subList(0, call.paths());
  }

  /** The descriptor slots among the numbers. */
  List<Long> slots() {
    return numbers.subList(0, call.slots());
  }

  /** A line of the script: a call of one of its functions. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(actor.name().toLowerCase(Locale.ROOT));
    line.append('.').append(call.name().toLowerCase(Locale.ROOT)).append('(');
    String comma = "";
    for (String name : names) {
      line.append(comma).append(quoted(name));
      comma = ", ";
    }
    for (int i = 0; i < numbers.size(); i++) {
      line.append(comma).append(call.isOctal(i) ? "0o" : "");
      line.append(call.isOctal(i) ? Long.toOctalString(number(i)) : Long.toString(number(i)));
      comma = ", ";
    }
    return line.append(')').toString();
  }

  private static String quoted(String bytes) {
    StringBuilder text = new StringBuilder("b'");
    for (char c : bytes.toCharArray()) {
      if (c < 0x20 || c >= 0x7f) {
        text.append(String.format("\\x%02x", (int) c));
      } else {
        text.append(c == '\'' || c == '\\' ? "\\" : "").append(c);
      }
    }
    return text.append('\'').toString();
  }
}
