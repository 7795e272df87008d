// What the opening comment of a public header consists of, and the example in it as a program.
//
//     // Widget: what it is, in prose.
//     //
//     //    +---+                   indented by more than three spaces: a drawing
//     //
//     //   auto w = MakeWidget();   by three: the example begins, and goes on to the next prose
//     //
//     // Threads: ...              three labels, in this order
//     // Ownership: ...
//     // Errors: ...
#ifndef MESOSLIB_TESTING_HEADER_COMMENT_H_
#define MESOSLIB_TESTING_HEADER_COMMENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos {

struct HeaderComment {
  // What comes after what: "text", "drawing", "example", "Threads:", "Ownership:", "Errors:".
  std::vector<std::string> sections;
  // The code of all examples, without the indentation.
  std::string example;
};

// `text` is the header's.
HeaderComment ReadHeaderComment(absl::string_view text);

// What the opening comment lacks, for people; empty where it is as it should be.
std::string CheckHeaderComment(const HeaderComment& comment);

// A source file that includes `header` before all else and contains the example: as declarations
// where a line at its margin begins with class, struct, template or void, else as a function's
// body. What the example includes itself comes behind the header, with <cstdio> and
// absl::Notification, which every example has.
std::string ExampleProgram(absl::string_view header, absl::string_view example);

}  // namespace mesos

#endif  // MESOSLIB_TESTING_HEADER_COMMENT_H_
