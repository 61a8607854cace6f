package ovl.it.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A state that a name can be in: what is there, and how it came to be.
 *
 * @param layout adds what makes it so under a name
 */
record Kind(String name, BiConsumer<Layout, String> layout) {
  private static final List<Thing> THINGS =
      List.of(Thing.FILE, Thing.EMPTY_FILE, Thing.EMPTY_DIR, Thing.DIR, Thing.SYMLINK, Thing.FIFO);

  /** All of them, in an order that stays. */
  static List<Kind> all(Combo combo) {
    List<Kind> kinds = new ArrayList<>();
    kinds.add(new Kind("absent", (l, n) -> {}));
    THINGS.forEach(t -> addOf(t, kinds));
    addOfSeveral(kinds);
    addDirectories(kinds);
    kinds.add(new Kind("linked", Kind::link));
    if (combo.hasLinks()) {
      kinds.add(
          new Kind("lower linked", (l, n) -> l.lower(0, Thing.FILE, n).lowerLink(n, n + "2")));
    }
    return kinds;
  }

  private static void link(Layout layout, String name) {
    layout.make(Thing.FILE, name);
    layout.call(Call.LINK, List.of(layout.path(name), layout.path(name + "2")), 0L);
  }

  private static void addOf(Thing thing, List<Kind> kinds) {
    add(kinds, "lower", thing, (l, n) -> l.lower(0, thing, n));
    add(kinds, "lowest", thing, (l, n) -> l.lower(1, thing, n));
    add(kinds, "upper", thing, (l, n) -> l.upper(thing, n));
    add(kinds, "new", thing, (l, n) -> l.make(thing, n));
    add(kinds, "upper over lower", thing, (l, n) -> l.lower(0, thing, n).upper(thing, n));
    add(kinds, "lower over lower", thing, (l, n) -> l.lower(1, thing, n).lower(0, thing, n));
    add(kinds, "copied up", thing, (l, n) -> copyUp(l.lower(0, thing, n), n));
    add(kinds, "removed", thing, (l, n) -> l.lower(0, thing, n).remove(thing, n));
    add(
        kinds,
        "removed and made again",
        thing,
        (l, n) -> l.lower(0, thing, n).remove(thing, n).make(thing, n));
    add(kinds, "moved", thing, (l, n) -> move(l.lower(0, thing, n + "old"), n));
    add(
        kinds,
        "whiteout on upper over",
        thing,
        (l, n) -> l.lower(0, thing, n).upper(Thing.WHITEOUT, n));
  }

  private static void add(
      List<Kind> kinds, String state, Thing thing, BiConsumer<Layout, String> layout) {
    kinds.add(new Kind(state + " " + thing, layout));
  }

  private static void copyUp(Layout layout, String name) {
    layout.call(Call.CHOWN, List.of(layout.path(name)), 77L, 77L);
  }

  private static void move(Layout layout, String name) {
    List<String> paths = List.of(layout.path(name + "old"), layout.path(name));
    layout.call(Call.RENAME, paths, 0L);
  }

  private static void addOfSeveral(List<Kind> kinds) {
    List<Thing> things = List.of(Thing.FILE, Thing.DIR, Thing.SYMLINK);
    for (Thing below : things) {
      for (Thing above : things) {
        if (above != below) {
          add(kinds, above + " on", below, (l, n) -> l.lower(0, below, n).upper(above, n));
          add(
              kinds,
              above + " made for",
              below,
              (l, n) -> l.lower(0, below, n).remove(below, n).make(above, n));
        }
      }
    }
    add(
        kinds,
        "whiteout in a lower over",
        Thing.DIR,
        (l, n) -> l.lower(1, Thing.DIR, n).lower(0, Thing.WHITEOUT, n));
    add(
        kinds,
        "whiteout between",
        Thing.FILE,
        (l, n) -> l.lower(1, Thing.FILE, n).lower(0, Thing.WHITEOUT, n).upper(Thing.FILE, n));
  }

  private static void addDirectories(List<Kind> kinds) {
    kinds.add(new Kind("emptied", (l, n) -> l.lower(0, Thing.DIR, n).empty(n)));
    kinds.add(
        new Kind(
            "emptied and merged",
            (l, n) -> l.lower(1, Thing.DIR, n).lower(0, Thing.EMPTY_DIR, n).empty(n)));
    for (Thing thing : List.of(Thing.EMPTY_DIR, Thing.DIR)) {
      add(
          kinds,
          "opaque on upper",
          thing,
          (l, n) -> l.lower(0, Thing.DIR, n).upper(thing, n).upperOpaque(n));
      add(
          kinds,
          "opaque in a lower",
          thing,
          (l, n) -> l.lower(1, Thing.DIR, n).lower(0, thing, n).lowerOpaque(n));
    }
    kinds.add(
        new Kind(
            "dir with whiteouts only",
            (l, n) ->
                l.lower(0, Thing.DIR, n)
                    .upper(Thing.EMPTY_DIR, n)
                    .upper(Thing.WHITEOUT, n + "/f")
                    .upper(Thing.WHITEOUT, n + "/d")));
  }
}
