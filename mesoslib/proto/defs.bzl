"""Message and service code from .proto files, made by the system's protoc."""

def mesos_protos(name, srcs, grpc_srcs = [], deps = [], exported = False, **kwargs):
    """One cc_library with the messages of srcs, and `name`_grpc with the services of grpc_srcs.

    Generated headers are included by the path below mesoslib/proto: "mesos/v1/mesos.pb.h". With
    `exported` the messages belong to the shared library's interface, and `name`_hdrs are their headers.
    """
    hdrs = [src.replace(".proto", ".pb.h") for src in srcs]
    outs = hdrs + [src.replace(".proto", ".pb.cc") for src in srcs]
    cpp_out = "$(RULEDIR)"
    include_export = ""
    if exported:
        cpp_out = "dllexport_decl=MESOS_EXPORT:" + cpp_out

        # protoc names the macro, but includes no header for it.
        include_export = " && sed -i 's|^// @@protoc_insertion_point(includes)$$|" + \
                         "#include \"mesos/export.h\"\\n&|' " + \
                         " ".join(["$(RULEDIR)/" + hdr for hdr in hdrs])
    native.genrule(
        name = name + "_gen",
        srcs = srcs + [dep + "_srcs" for dep in deps],
        outs = outs,
        cmd = "protoc -I mesoslib/proto --cpp_out=" + cpp_out + " " +
              " ".join(["$(locations %s)" % src for src in srcs]) + include_export,
    )
    native.filegroup(
        name = name + "_hdrs",
        srcs = hdrs,
        **kwargs
    )
    native.filegroup(
        name = name + "_srcs",
        srcs = srcs + [dep + "_srcs" for dep in deps],
        **kwargs
    )
    native.cc_library(
        name = name,
        srcs = [out for out in outs if out.endswith(".cc")],
        hdrs = [out for out in outs if out.endswith(".h")],
        copts = ["-w"],
        includes = ["."],
        deps = deps + [
            "//mesoslib/include:export",
            "//third_party:protobuf",
        ],
        **kwargs
    )
    if not grpc_srcs:
        return
    grpc_outs = []
    for src in grpc_srcs:
        grpc_outs += [src.replace(".proto", ".grpc.pb.h"), src.replace(".proto", ".grpc.pb.cc")]
    native.genrule(
        name = name + "_grpc_gen",
        srcs = grpc_srcs + [":" + name + "_srcs"],
        outs = grpc_outs,
        cmd = "protoc -I mesoslib/proto --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin " +
              "--grpc_out=$(RULEDIR) " + " ".join(["$(locations %s)" % src for src in grpc_srcs]),
    )
    native.cc_library(
        name = name + "_grpc",
        srcs = [out for out in grpc_outs if out.endswith(".cc")],
        hdrs = [out for out in grpc_outs if out.endswith(".h")],
        copts = ["-w"],
        includes = ["."],
        deps = [":" + name, "//third_party:grpc"],
        **kwargs
    )
