#include "mesoslib/testing/syntax_check.h"

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
constexpr char kCommand[] =
    "g++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror -Wno-missing-field-initializers "
    "-I mesoslib/include -I mesoslib/proto";

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

// `base` is the path of the files that belong to this program, without their endings.
SyntaxResult Check(const std::string& program, const std::string& base) {
  std::ofstream(base + ".cc") << program;
  const std::string command =
      absl::StrCat(kCommand, " -MD -MF ", base, ".d ", base, ".cc >", base, ".out 2>&1");
  SyntaxResult result;
  result.ok = std::system(command.c_str()) == 0;
  result.output = ReadFile(base + ".out");
  result.headers = ReadDependencies(base + ".d");
  return result;
}

}  // namespace

std::vector<SyntaxResult> CheckSyntax(const std::vector<std::string>& programs) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/syntax_check");
  std::filesystem::create_directories(folder);
  std::vector<SyntaxResult> results(programs.size());
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i = next++; i < programs.size(); i = next++) {
      results[i] = Check(programs[i], absl::StrCat(folder, "/", i));
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kCompilers; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  return results;
}

}  // namespace mesos
