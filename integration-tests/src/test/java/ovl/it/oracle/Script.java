package ovl.it.oracle;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import ovl.it.overlay.RunOptions;

/**
 * A plan as a shell script that builds the layers, mounts with the commands in its variables, and
 * prints each call with its result; to be run once for each side.
 */
final class Script {
  private static final String HEAD =
      """
      #!/bin/bash
      # usage: SCRIPT kernel|ours  in an empty directory; ours needs ovl-mount in the PATH
      set -eu
      mkdir -p upper work merged %1$s
      layers=%2$s
      by_kernel() { mount -t overlay overlay -o "%3$slowerdir=$layers,upperdir=upper,workdir=work" merged; }
      by_ours() { ovl-mount %4$s --lower "$layers" --upper upper --work work merged; }
      cat >replay.py <<'END-OF-REPLAY'
      %5$sEND-OF-REPLAY
      first=by_$1
      second=by_$([ "$1" = kernel ] && echo ours || echo kernel)
      """;

  private Script() {}

  static String of(Plan plan, Difference difference) {
    StringBuilder text = new StringBuilder(head(plan));
    for (int phase = 0; phase <= plan.phases(); phase++) {
      addPhase(plan, phase, text);
    }
    text.append("# seed ").append(plan.seed()).append(", ").append(plan.combo());
    text.append(" on ").append(plan.backing()).append(":\n");
    difference.text().lines().forEach(line -> text.append("# ").append(line).append('\n'));
    return text.toString();
  }

  private static String head(Plan plan) {
    List<String> lowers =
        IntStream.range(0, plan.lowers()).mapToObj(i -> "lower" + i).collect(Collectors.toList());
    List<String> data =
        IntStream.range(0, plan.combo().dataLayers()).mapToObj(i -> "data" + i).toList();
    return String.format(
        HEAD,
        String.join(" ", lowers) + " " + String.join(" ", data),
        String.join(":", lowers) + data.stream().map(d -> "::" + d).collect(Collectors.joining()),
        plan.combo().kernelOptions(),
        ourArguments(plan.combo()),
        replay());
  }

  private static String ourArguments(Combo combo) {
    List<String> arguments = new ArrayList<>(RunOptions.arguments());
    arguments.add(combo.ourArguments());
    return String.join(" ", arguments);
  }

  private static String replay() {
    try (InputStream in = Script.class.getResourceAsStream("replay.py")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String mount(Plan.Turns turns, int phase) {
    boolean isKernelLeft = turns.isKernelLeft(phase);
    if (isKernelLeft == turns.isKernelRight(phase)) {
      return "by_kernel\n";
    }
    return turns == Plan.Turns.ALTERNATE || isKernelLeft ? "$first\n" : "$second\n";
  }

  private static void addPhase(Plan plan, int phase, StringBuilder text) {
    String where = phase == 0 ? "." : "merged";
    text.append(phase == 0 ? "" : mount(plan.turns(), phase));
    text.append("(cat replay.py - <<'END-OF-STEPS'\nos.chdir('").append(where).append("')\n");
    for (Plan.Item item : plan.items()) {
      if (item.phase() == phase) {
        text.append(item.step()).append('\n');
      }
    }
    text.append("END-OF-STEPS\n) | python3 -\n").append(phase == 0 ? "" : "umount merged\n");
  }
}
