"""Fuzzers: programs that look for input that breaks what reads it.

    fuzzer(
        name = "record_io_fuzzer",
        deps = [":record_io"],
    )

record_io_fuzzer.cc defines LLVMFuzzerTestOneInput, and testdata/record_io_fuzzer/ holds its corpus:
inputs that are worth starting from, and those that once broke something. This makes

  record_io_fuzzer       the fuzzer itself, by libFuzzer; needs --config=fuzz
  record_io_fuzzer_test  runs the corpus through it, in any configuration
"""

load("//third_party:cc.bzl", "cc_binary", "cc_test")

def fuzzer(name, deps):
    srcs = [name + ".cc"]
    deps = deps + ["//mesoslib/testing:fuzz_input"]

    cc_binary(
        name = name,
        testonly = True,
        srcs = srcs,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = deps,
    )

    # What libFuzzer finds becomes a file of the corpus, and must need no second change.
    corpus = native.glob(["testdata/%s/*" % name])
    cc_test(
        name = name + "_test",
        size = "small",
        srcs = srcs,
        args = ["%s/testdata/%s" % (native.package_name(), name)],
        data = corpus,
        deps = deps + ["//mesoslib/testing:corpus_main"],
    )
