package ovl.overlay;

/**
 * How the overlay behaves, fixed for the life of a mount.
 *
 * @param features which of the kernel's optional features are wanted
 * @param isVolatile nothing is synced: a crash of the machine may lose everything since the mount
 * @param cacheTimes how long the kernel may keep what it was told
 * @param uids between the owners in the layers and those shown
 * @param gids as {@code uids}, for groups
 * @param hasStaticNlink directories show a link count of 1, never counted
 * @param countsSubdirectories merged directories show the link count that their subdirectories
 *     would give, not 1; each look at one then lists it. Without effect beside a static one
 * @param hasXattrs false: every operation on extended attributes is ENOSYS
 * @param hasShortInos st_ino is cut to 32 bits, for programs that know no more
 * @param passesThrough the kernel may read and write real files itself, by what {@link
 *     ovl.fs.OpenResult} offers: those on upper, and all of a stack without upper
 * @param passesLowersThrough lower files as well where there is an upper: a descriptor that was
 *     open before a copy-up then goes on reading the lower content
 */
public record OverlayOptions(
    Features features,
    boolean isVolatile,
    CacheTimes cacheTimes,
    IdMap uids,
    IdMap gids,
    boolean hasStaticNlink,
    boolean countsSubdirectories,
    boolean hasXattrs,
    boolean hasShortInos,
    boolean passesThrough,
    boolean passesLowersThrough) {

  /** As the kernel's overlay behaves. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects options; each is as in {@link OverlayOptions}. */
  public static final class Builder {
    private Features features = Features.DEFAULT;
    private boolean isVolatile;
    private CacheTimes cacheTimes = CacheTimes.LONG;
    private IdMap uids = IdMap.IDENTITY;
    private IdMap gids = IdMap.IDENTITY;
    private boolean hasStaticNlink;
    private boolean countsSubdirectories;
    private boolean hasXattrs = true;
    private boolean hasShortInos;
    private boolean passesThrough = true;
    private boolean passesLowersThrough;

    private Builder() {}

    public Builder features(Features wanted) {
      features = wanted;
      return this;
    }

    public Builder isVolatile(boolean isOn) {
      isVolatile = isOn;
      return this;
    }

    public Builder cacheTimes(CacheTimes times) {
      cacheTimes = times;
      return this;
    }

    public Builder ids(IdMap users, IdMap groups) {
      uids = users;
      gids = groups;
      return this;
    }

    public Builder hasStaticNlink(boolean isOn) {
      hasStaticNlink = isOn;
      return this;
    }

    public Builder countsSubdirectories(boolean isOn) {
      countsSubdirectories = isOn;
      return this;
    }

    public Builder hasXattrs(boolean isOn) {
      hasXattrs = isOn;
      return this;
    }

    public Builder hasShortInos(boolean isOn) {
      hasShortInos = isOn;
      return this;
    }

    public Builder passesThrough(boolean isOn, boolean lowersToo) {
      passesThrough = isOn;
      passesLowersThrough = lowersToo;
      return this;
    }

    public OverlayOptions build() {
      return new OverlayOptions(
          features,
          isVolatile,
          cacheTimes,
          uids,
          gids,
          hasStaticNlink,
          countsSubdirectories && !hasStaticNlink,
          hasXattrs,
          hasShortInos,
          passesThrough,
          passesLowersThrough);
    }
  }
}
