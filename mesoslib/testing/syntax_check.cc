#include "mesoslib/testing/syntax_check.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

constexpr int kCompilers = 2;

// As .bazelrc has them.
constexpr char kCompile[] =
    "g++ -std=c++20 -Wall -Wextra -Werror -Wno-missing-field-initializers "
    "-I mesoslib/include -I mesoslib/proto ";

// Most programs include it, and it takes longer than all the rest of them.
constexpr char kSlowHeader[] = "mesoslib/proto/mesos/v1/mesos.pb.h";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// From a rule for make: "target: source header \", and so on.
std::vector<std::string> ReadDependencies(const std::string& path) {
  const std::string text = ReadFile(path);
  std::vector<std::string> headers =
      absl::StrSplit(text, absl::ByAnyChar(" \\\n"), absl::SkipEmpty());
  headers.erase(headers.begin(), headers.begin() + std::min<size_t>(2, headers.size()));
  return headers;
}

bool Shell(const std::string& command) { return std::system(command.c_str()) == 0; }

// `base` is the path of the files that belong to this program, without their endings. `precompiled`
// stands in for the slow header, but only where a program includes that of its own accord: nothing
// that a program lacks is given to it.
SyntaxResult Check(const std::string& program, const std::string& base,
                   const std::string& precompiled) {
  std::ofstream(base + ".cc") << program;
  const std::string to_output = absl::StrCat(" ", base, ".cc >", base, ".out 2>&1");
  SyntaxResult result;
  result.ok = Shell(absl::StrCat(kCompile, "-M -MF ", base, ".d", to_output));
  result.headers = ReadDependencies(base + ".d");
  const auto& headers = result.headers;
  const bool slow = std::find(headers.begin(), headers.end(), kSlowHeader) != headers.end();
  if (result.ok) {
    result.ok = Shell(absl::StrCat(kCompile, "-fsyntax-only ",
                                   slow && !precompiled.empty() ? "-include " + precompiled : "",
                                   to_output));
  }
  result.output = ReadFile(base + ".out");
  return result;
}

// What to give to -include; empty where it is not worth the time.
std::string Precompile(size_t programs, const std::string& folder) {
  if (programs <= kCompilers) return "";
  const std::string header = folder + "/mesos.pb.h";
  EXPECT_TRUE(Shell(absl::StrCat(kCompile, "-x c++-header ", kSlowHeader, " -o ", header, ".gch")));
  return header;
}

}  // namespace

std::vector<SyntaxResult> CheckSyntax(const std::vector<std::string>& programs) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/syntax_check");
  std::filesystem::create_directories(folder);
  const std::string precompiled = Precompile(programs.size(), folder);
  std::vector<SyntaxResult> results(programs.size());
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i = next++; i < programs.size(); i = next++) {
      results[i] = Check(programs[i], absl::StrCat(folder, "/", i), precompiled);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kCompilers; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  std::filesystem::remove(precompiled + ".gch");  // It is big.
  return results;
}

}  // namespace mesos
