package ovl.overlay;

import ovl.layer.LayerStack;
import ovl.sys.Syscalls;

/** What all verbs of one mount share. */
record VerbContext(
    Syscalls sys,
    LayerStack stack,
    OverlayOptions options,
    Features features,
    NodeTable nodes,
    Places places,
    Index index,
    Protection protection,
    Purity purity,
    InodeNumbers numbers,
    KernelCache kernel,
    Owners owners,
    RealStat realStat) {}
