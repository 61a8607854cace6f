package ovl.it.oracle;

import ovl.mount.OverlayMount;

/** A combination of features, in the names that both sides give them. */
enum Combo {
  /** As the kernel does without options. Lowers without hard links, which it takes apart. */
  PLAIN(false, "redirect_dir=off"),

  REDIRECT(false, "redirect_dir=on");

  private final boolean hasLinks;
  private final String[] options;

  Combo(boolean hasLinks, String... options) {
    this.hasLinks = hasLinks;
    this.options = options;
  }

  /** For mount(2), each followed by a comma. */
  String kernelOptions() {
    return String.join(",", options) + ",";
  }

  /** For ovl-mount. */
  String ourArguments() {
    return "-o " + String.join(",", options);
  }

  OverlayMount.Builder ourOptions(OverlayMount.Builder builder) {
    for (String option : options) {
      int equals = option.indexOf('=');
      builder.feature(option.substring(0, equals), option.substring(equals + 1));
    }
    return builder;
  }

  /** True if lower layers may have hard links. */
  boolean hasLinks() {
    return hasLinks;
  }

  /** True if directories of lowers can be renamed. */
  boolean movesLowerDirectories() {
    return this != PLAIN;
  }
}
