"""Libraries linked into a program, instead of loaded when it starts."""

# Abseil's that we call.
ABSL = [
    "status",
    "statusor",
    "synchronization",
    "time",
    "time_zone",
    "civil_time",
    "strings",
    "strings_internal",
    "str_format_internal",
    "cord",
    "hash",
    "city",
    "low_level_hash",
    "raw_hash_set",
    "throw_delegate",
    "raw_logging_internal",
    "base",
    "int128",
    "random_distributions",
    "random_internal_randen",
    "random_internal_randen_hwaes",
    "random_internal_randen_hwaes_impl",
    "random_internal_randen_slow",
    "random_internal_platform",
    "random_internal_pool_urbg",
    "random_internal_seed_material",
    "random_seed_gen_exception",
    "random_seed_sequences",
    "bad_any_cast_impl",
    "bad_optional_access",
    "bad_variant_access",
    "spinlock_wait",
    "malloc_internal",
    "stacktrace",
    "symbolize",
]

# What those call.
_MORE_OF_ABSL = [
    "cord_internal",
    "cordz_functions",
    "cordz_handle",
    "cordz_info",
    "debugging_internal",
    "demangle_internal",
    "exponential_biased",
    "graphcycles_internal",
    "strerror",
]

# linkopts for a program that ends before its loader's work would be forgotten: thirty libraries
# fewer. The shared ones, which its deps name too, are left out, for nothing is missing any more.
STATIC_ABSL_AND_PROTOBUF = (
    ["-Wl,--as-needed", "-Wl,--start-group", "-l:libprotobuf.a"] +
    ["-l:libabsl_" + name + ".a" for name in ABSL + _MORE_OF_ABSL] +
    ["-Wl,--end-group", "-lz"]
)
