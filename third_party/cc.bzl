"""C++ rules with precompiled headers: most of what compiling a file costs is to read the protocol's
generated headers, the standard library's, Abseil's and GoogleTest's.

BUILD files load cc_binary, cc_library and cc_test from here; all three take what Bazel's own take.
"""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _precompiled_header_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    compiler = cc_common.get_tool_for_action(
        feature_configuration = features,
        action_name = CPP_COMPILE_ACTION_NAME,
    )
    context = cc_common.merge_cc_infos(
        cc_infos = [dep[CcInfo] for dep in ctx.attr.deps],
    ).compilation_context

    # What GCC precompiles is another each time: with it, no cache would ever know an object file.
    if "clang" not in compiler:
        return [CcInfo(), platform_common.TemplateVariableInfo({"PRECOMPILED": ""})]

    # As seen from wherever the build is: below /proc/self/cwd when it is written, below . when it is
    # read. Files are known by their contents.
    out = ctx.actions.declare_file(ctx.label.name + ".pch")
    arguments = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = CPP_COMPILE_ACTION_NAME,
        variables = cc_common.create_compile_variables(
            feature_configuration = features,
            cc_toolchain = toolchain,
            source_file = ctx.file.hdr.path,
            output_file = out.path,
            use_pic = True,
            user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ctx.attr.copts +
                                 ["-w", "-x", "c++-header", "-fpch-instantiate-templates"] +
                                 ["-Xclang", "-fno-pch-timestamp", "-Xclang", "-relocatable-pch"] +
                                 ["-isysroot", "/proc/self/cwd"],
            include_directories = context.includes,
            quote_include_directories = context.quote_includes,
            system_include_directories = context.system_includes,
            preprocessor_defines = context.defines,
        ),
    )
    ctx.actions.run(
        executable = compiler,
        arguments = arguments,
        env = {"PWD": "/proc/self/cwd"},
        inputs = depset([ctx.file.hdr], transitive = [context.headers]),
        outputs = [out],
        mnemonic = "Precompile",
        progress_message = "Precompiling " + ctx.label.name,
    )
    own = cc_common.create_compilation_context(headers = depset([ctx.file.hdr, out]))
    return [
        DefaultInfo(files = depset([out])),
        cc_common.merge_cc_infos(cc_infos = [
            CcInfo(compilation_context = own),
            CcInfo(compilation_context = context),
        ]),
        platform_common.TemplateVariableInfo(
            {"PRECOMPILED": "-isysroot . -include-pch " + out.path},
        ),
    ]

# `hdr` and all it includes, read once; `copts` as those of the files that use it. A file compiled
# with another compiler than Clang includes what it names, and nothing else changes for it.
precompiled_header = rule(
    implementation = _precompiled_header_impl,
    attrs = {
        "copts": attr.string_list(),
        "deps": attr.label_list(providers = [CcInfo]),
        "hdr": attr.label(allow_single_file = [".h"], mandatory = True),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)

def _with(precompiled, rule, copts = [], deps = [], toolchains = [], **kwargs):
    rule(
        copts = copts + ["$(PRECOMPILED)"],
        deps = deps + [precompiled],
        toolchains = toolchains + [precompiled],
        **kwargs
    )

def cc_binary(**kwargs):
    _with("//mesoslib/proto:precompiled", native.cc_binary, **kwargs)

def cc_library(**kwargs):
    _with("//mesoslib/proto:precompiled", native.cc_library, **kwargs)

# Tests are compiled much faster so, and what they test is optimized all the same.
TEST_COPTS = [
    "-O0",
    "-U_FORTIFY_SOURCE",
]

def cc_test(copts = [], **kwargs):
    _with(
        "//mesoslib/proto:precompiled_for_tests",
        native.cc_test,
        copts = TEST_COPTS + copts,
        **kwargs
    )
