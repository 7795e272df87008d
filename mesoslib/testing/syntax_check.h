// Compiles programs against the public headers, as a host would, and says what they included.
#ifndef MESOSLIB_TESTING_SYNTAX_CHECK_H_
#define MESOSLIB_TESTING_SYNTAX_CHECK_H_

#include <string>
#include <vector>

namespace mesos {

struct SyntaxResult {
  bool ok = false;
  std::string output;                // The compiler's.
  std::vector<std::string> headers;  // All that was read, as the compiler found them.
};

// Compiles each of `programs`, a source file's text, with g++ and all warnings as errors, without
// making code; two at a time. The public headers, //mesoslib/include:headers, and the generated
// ones, //mesoslib/proto:{v1,messages}_hdrs, must be among the test's data.
std::vector<SyntaxResult> CheckSyntax(const std::vector<std::string>& programs);

}  // namespace mesos

#endif  // MESOSLIB_TESTING_SYNTAX_CHECK_H_
