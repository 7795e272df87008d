// Table: rows under headings, made to fit a terminal.
//
// Where the width is limited, what may be cut is cut, the widest first, down to what still tells it
// apart; if that is not enough, columns are left out, those that matter least first. Numbers are
// aligned to the right. Without a limit (a pipe, a file) everything is there in full.
#ifndef DAEMONS_CLI_TABLE_H_
#define DAEMONS_CLI_TABLE_H_

#include <string>
#include <utility>
#include <vector>

namespace mesos::cli {

enum class Colour { kNone, kBold, kFaint, kGreen, kYellow, kRed };

struct Cell {
  Cell() = default;
  // Text as it came; it is made printable here.
  Cell(std::string text, Colour colour = Colour::kNone);  // NOLINT: rows are lists of texts.
  Cell(const char* text) : Cell(std::string(text)) {}     // NOLINT

  std::string text;
  Colour colour = Colour::kNone;
};

// What a list in braces would copy, which takes longest where there are many rows.
template <typename... Texts>
std::vector<Cell> RowOf(Texts&&... texts) {
  std::vector<Cell> row;
  row.reserve(sizeof...(texts));
  (row.emplace_back(std::forward<Texts>(texts)), ...);
  return row;
}

struct Column {
  enum class Cut { kNever, kEnd, kMiddle };

  std::string heading;
  bool right = false;     // Numbers.
  Cut cut = Cut::kNever;  // Where it may be cut.
  int least = 8;          // So many columns stay of what is cut.
  int rank = 0;           // Left out first where it is highest; 0: never.
  bool wide = false;      // Only shown where much is asked for.
};

struct TableStyle {
  int width = 0;  // 0: no limit.
  bool wide = false;
  bool colours = false;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // Each as long as `columns`.

  // Lines, each ended; no spaces at their ends.
  std::string Render(const TableStyle& style) const;
};

// `text` between the escape codes that give it that colour, where there are colours.
std::string Coloured(const std::string& text, Colour colour, bool colours);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_TABLE_H_
