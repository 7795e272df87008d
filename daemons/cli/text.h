// Text for people at a terminal: what came over the network made harmless, measured in columns, cut
// to fit; numbers and times in few characters.
//
// Names and messages are whatever somebody's framework chose. Printed raw, an escape sequence in
// one of them would drive the terminal of whoever lists tasks; so nothing gets there but by
// Printable.
#ifndef DAEMONS_CLI_TEXT_H_
#define DAEMONS_CLI_TEXT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::cli {

// One character of UTF-8, or one byte that is none.
struct Character {
  char32_t code = 0;  // Of a byte that is none: its value, and `valid` is false.
  bool valid = true;
  size_t bytes = 1;
  int columns = 1;
};

// The first character of `text`, which is not empty.
Character FirstCharacter(absl::string_view text);

// What a terminal would obey or hide is shown as an escape: control characters ("\n", "\x1b"),
// bytes that are no UTF-8 ("\xff"), marks that turn the direction of writing or take no space
// ("\u{202e}").
bool IsPrintable(const Character& character);
std::string Printable(absl::string_view text);
// The same in place; most texts are printable.
void MakePrintable(std::string* text);

// How many columns a terminal gives to `text`, which is printable.
int Columns(absl::string_view text);

// At most `columns` wide; what is cut out is shown as one "…". The first: at the end; the second:
// in the middle, for ids, whose ends tell them apart.
std::string CutEnd(absl::string_view text, int columns);
std::string CutMiddle(absl::string_view text, int columns);

// "1.5", "1024", "0.001": at most three decimals, without zeros at the end.
std::string NumberText(double number);
// Of so many MB: "512M", "1.5G", "12T".
std::string MegabytesText(double megabytes);
// "45s", "12m", "3h", "5d", "2y"; a time in the future, or none, is "-".
std::string AgeText(absl::Time since, absl::Time now);
std::string DurationText(absl::Duration duration);

// The one of `known` that somebody who wrote `word` may have meant; empty: none is near.
std::string Nearest(absl::string_view word, const std::vector<std::string>& known);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_TEXT_H_
