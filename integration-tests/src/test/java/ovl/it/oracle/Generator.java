package ovl.it.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import ovl.it.overlay.Backing;
import ovl.sys.Linux;

/** Makes the plan that belongs to a seed. */
final class Generator {
  private static final long[] RENAME_FLAGS = {
    0, 0, 0, 0, Linux.RENAME_NOREPLACE, Linux.RENAME_EXCHANGE, Linux.RENAME_EXCHANGE, 4, 3, 5, 6, 8
  };
  private static final int[] OPEN_FLAGS = {
    Linux.O_CREAT,
    Linux.O_CREAT,
    Linux.O_CREAT | Linux.O_EXCL,
    Linux.O_CREAT | Linux.O_TRUNC,
    Linux.O_TRUNC,
    Linux.O_APPEND,
    Linux.O_NOFOLLOW,
    Linux.O_DIRECTORY,
    Linux.O_SYNC,
    Linux.O_NOATIME,
    Linux.O_DIRECT,
    Linux.O_DIRECT | Linux.O_CREAT,
    Linux.O_PATH,
    0,
    0,
    0
  };

  /** What both can do: FUSE passes on nothing that moves data behind a hole or a range. */
  private static final long[] FALLOCATE_MODES = {0, 0, 1, 2, 3, 3, 0x10, 0x11, 0x12};

  /** AT_EACCESS, AT_SYMLINK_NOFOLLOW. */
  private static final long[] ACCESS_FLAGS = {0, 0, 0x100, 0x200};

  /** Room for an xattr. */
  private static final long[] SIZES = {1 << 16, 1 << 16, 0, 1, 20};

  private final Random random;
  private final Model model;
  private final Set<Model.Kind> linkable;
  private final Names names;
  private final Values values;
  private final List<Supplier<Step>> choices = new ArrayList<>();

  private Generator(long seed, Combo combo) {
    random = new Random(seed);
    model = new Model(random, combo.movesLowerDirectories());
    linkable = combo.linksAll() ? Model.NON_DIRS : Set.of(Model.Kind.FILE);
    names = new Names(random, model);
    values = new Values(random);
    addNames();
    addAttributes();
    addOpenFiles();
  }

  static Plan plan(
      long seed, Combo combo, Backing backing, Plan.Turns turns, int phases, int steps) {
    Generator generator = new Generator(seed, combo);
    Random random = generator.random;
    int lowers = 1 + random.nextInt(4);
    List<Plan.Item> items = new ArrayList<>();
    new LayerGenerator(random, generator.names, generator.values, generator.model, combo)
        .generate(lowers)
        .forEach(s -> items.add(new Plan.Item(0, s)));
    for (int phase = 1; phase <= phases; phase++) {
      for (int i = 0; i < steps; i++) {
        items.add(new Plan.Item(phase, generator.step()));
      }
      generator.model.closeAll();
    }
    return new Plan(seed, combo, backing, turns, lowers, phases, items);
  }

  private Step step() {
    Step step = choices.get(random.nextInt(choices.size())).get();
    if (step.actor() == Actor.ROOT) {
      model.apply(step);
    }
    return step;
  }

  private void add(int weight, Supplier<Step> choice) {
    for (int i = 0; i < weight; i++) {
      choices.add(choice);
    }
  }

  private Actor actor() {
    int one = random.nextInt(8);
    return one < 5 ? Actor.ROOT : one < 7 ? Actor.ALICE : Actor.BOB;
  }

  private Step step(Call call, List<String> paths, Long... numbers) {
    return new Step(actor(), call, paths, List.of(numbers));
  }

  private String old() {
    return names.existing(Model.ALL);
  }

  private String file() {
    return names.existing(Set.of(Model.Kind.FILE));
  }

  private String fresh() {
    return names.free();
  }

  private Long slot() {
    Long open = random.nextInt(10) == 0 ? null : model.openSlot();
    return open == null ? anySlot() : open;
  }

  private Long anySlot() {
    return (long) random.nextInt(Session.SLOTS);
  }

  private Long pick(long... values) {
    return values[random.nextInt(values.length)];
  }

  private void addNames() {
    add(8, () -> step(Call.MKDIR, List.of(fresh()), values.directoryMode()));
    add(3, () -> step(Call.MKNOD, List.of(fresh()), values.specialMode(), values.device()));
    add(1, () -> step(Call.MKNOD, List.of(old()), (long) Linux.S_IFCHR | 0600, 0L));
    add(3, () -> step(Call.SYMLINK, List.of(fresh(), values.target())));
    add(
        5,
        () ->
            step(
                Call.LINK,
                List.of(names.existing(linkable), fresh()),
                pick(0, 0, 0, Linux.AT_SYMLINK_FOLLOW)));
    add(10, () -> step(Call.UNLINK, List.of(names.existing(Model.NON_DIRS))));
    add(8, () -> step(Call.RMDIR, List.of(names.empty())));
    add(16, this::rename);
    add(1, () -> step(Call.MKDIRAT, List.of(names.name()), slot(), values.directoryMode()));
    add(1, () -> step(Call.UNLINKAT, List.of(names.name()), slot(), pick(0, Linux.AT_REMOVEDIR)));
    add(1, () -> step(Call.LISTFD, List.of(), slot()));
    add(2, () -> step(Call.READLINK, List.of(names.existing(Set.of(Model.Kind.OTHER)))));
    add(5, () -> step(Call.LIST, List.of(names.existing(Model.DIRS))));
    add(1, () -> step(Call.LIST, List.of(".")));
    add(
        2,
        () -> step(Call.SEEKDIR, List.of(names.existing(Model.DIRS)), (long) random.nextInt(40)));
  }

  private Step rename() {
    String from = names.existing(model.movable());
    long flags = pick(RENAME_FLAGS);
    // A redirect that would be too long is no error to the kernel until it has cleared the target.
    boolean isTooLong = from.length() > Names.LONG;
    boolean isOver = flags == Linux.RENAME_EXCHANGE || !isTooLong && random.nextInt(3) == 0;
    boolean isDirectory = model.isDirectory(from);
    String to = !isOver ? fresh() : isDirectory ? names.empty() : names.existing(Model.NON_DIRS);
    return step(Call.RENAME, List.of(from, to), flags);
  }

  private void addAttributes() {
    add(3, () -> step(Call.STAT, List.of(old())));
    add(2, () -> step(Call.ACCESS, List.of(old()), pick(0, 1, 2, 4, 6, 7), pick(ACCESS_FLAGS)));
    add(1, () -> step(Call.LCHMOD, List.of(old()), values.fileMode()));
    add(5, () -> step(Call.CHMOD, List.of(old()), pick(values.fileMode(), values.directoryMode())));
    add(2, () -> step(Call.FCHMOD, List.of(), slot(), values.fileMode()));
    add(4, () -> step(Call.CHOWN, List.of(old()), values.newId(), values.newId()));
    // Never to no owner at all: to FUSE that is as the look before a write.
    add(2, () -> step(Call.FCHOWN, List.of(), slot(), values.id(), values.newId()));
    add(1, () -> step(Call.CHOWNTARGET, List.of(old()), values.id(), values.newId()));
    add(1, () -> step(Call.UTIMENSTARGET, List.of(old()), values.newTimes()));
    add(1, () -> step(Call.TOUCH, List.of(old())));
    add(2, this::futimens);
    add(4, () -> step(Call.UTIMENS, List.of(old()), values.newTimes()));
    add(2, this::truncate);
    add(1, () -> step(Call.STATFS, List.of(old())));
    add(5, this::setxattr);
    add(2, () -> step(Call.GETXATTR, List.of(old(), values.xattrName()), pick(SIZES)));
    add(1, () -> step(Call.FGETXATTR, List.of(values.xattrName()), slot()));
    add(2, () -> step(Call.LISTXATTR, List.of(old())));
    add(1, () -> step(Call.FLISTXATTR, List.of(), slot()));
    add(3, this::removexattr);
  }

  private Step truncate() {
    Actor actor = actor();
    // With an empty file that stays so xfs does nothing at all, and drops no setuid.
    long least = actor == Actor.ROOT ? 0 : 1;
    return new Step(
        actor, Call.TRUNCATE, List.of(file()), List.of(Math.max(least, values.offset())));
  }

  private Step futimens() {
    List<Long> numbers = new ArrayList<>(List.of(slot()));
    numbers.addAll(List.of(values.newTimes()));
    return new Step(actor(), Call.FUTIMENS, List.of(), numbers);
  }

  private Step setxattr() {
    String name = values.xattrName();
    // An ACL of nothing removes the one that is there; see removexattr.
    boolean isStrict = name.equals("system.posix_acl_access");
    String value = isStrict ? values.xattrValue(name) : values.xattrValue();
    long flags = pick(0, 0, 0, Linux.XATTR_CREATE, Linux.XATTR_REPLACE, 3, 4);
    return random.nextInt(4) == 0
        ? step(Call.FSETXATTR, List.of(name, value), slot(), flags)
        : step(Call.SETXATTR, List.of(old(), name, value), flags);
  }

  private Step removexattr() {
    String name = values.xattrName();
    // A user's removal of an ACL drops setgid on the kernel's overlayfs, and nowhere else.
    Actor actor = name.equals("system.posix_acl_access") ? Actor.ROOT : actor();
    return random.nextInt(3) == 0
        ? new Step(actor, Call.FREMOVEXATTR, List.of(name), List.of(slot()))
        : new Step(actor, Call.REMOVEXATTR, List.of(old(), name), List.of());
  }

  private void addOpenFiles() {
    add(16, this::open);
    add(
        2,
        () ->
            step(
                Call.OPEN,
                List.of(names.existing(Model.DIRS)),
                anySlot(),
                pick(1, 2, 2) | Linux.O_TMPFILE,
                0644L));
    add(3, () -> step(Call.CLOSE, List.of(), slot()));
    add(2, this::openAt);
    add(2, () -> step(Call.REOPEN, List.of(), slot(), anySlot(), openFlags()));
    add(1, () -> step(Call.SETFLAGS, List.of(), slot(), pick(0, Linux.O_APPEND, Linux.O_NOATIME)));
    add(1, () -> step(Call.FLOCK, List.of(), slot(), pick(5, 6, 8)));
    add(1, () -> step(Call.LINKEMPTY, List.of(fresh()), slot()));
    add(3, () -> step(Call.LINKFD, List.of(fresh()), slot()));
    add(6, () -> step(Call.READ, List.of(), slot(), values.offset(), values.length()));
    add(8, this::write);
    add(3, () -> step(Call.APPEND, List.of(), slot(), values.length(), values.seed()));
    add(3, () -> step(Call.FTRUNCATE, List.of(), slot(), values.offset()));
    add(3, this::fallocate);
    add(2, () -> step(Call.SEEKHOLE, List.of(), slot(), values.offset(), pick(3, 4)));
    add(3, this::copyRange);
    add(4, () -> step(Call.MMAP, List.of(), slot()));
    add(3, () -> step(Call.MAPREAD, List.of(), slot()));
    add(4, () -> step(Call.MAPWRITE, List.of(), slot(), pick(0, 1, 2, 3), values.seed()));
    add(1, () -> step(Call.FSYNC, List.of(), slot()));
    add(1, () -> step(Call.FDATASYNC, List.of(), slot()));
  }

  private long openFlags() {
    return pick(0, 0, 1, 2, 2) | OPEN_FLAGS[random.nextInt(OPEN_FLAGS.length)];
  }

  private Step openAt() {
    return step(
        Call.OPENAT, List.of(names.name()), slot(), anySlot(), openFlags(), values.fileMode());
  }

  private Step open() {
    long flags = openFlags();
    boolean isNew = (flags & Linux.O_CREAT) != 0 && random.nextBoolean();
    String path = isNew ? fresh() : random.nextInt(4) == 0 ? old() : file();
    return step(Call.OPEN, List.of(path), anySlot(), flags, values.fileMode());
  }

  private Step write() {
    return step(Call.WRITE, List.of(), slot(), values.offset(), values.length(), values.seed());
  }

  private Step fallocate() {
    long length = values.length() + random.nextInt(2);
    return step(Call.FALLOCATE, List.of(), slot(), pick(FALLOCATE_MODES), values.offset(), length);
  }

  private Step copyRange() {
    return step(
        random.nextInt(3) == 0 ? Call.SENDFILE : Call.COPYRANGE,
        List.of(),
        slot(),
        slot(),
        values.offset(),
        values.offset(),
        values.length());
  }
}
