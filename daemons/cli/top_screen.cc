#include "daemons/cli/top_screen.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/present.h"
#include "daemons/cli/table.h"
#include "daemons/cli/text.h"

namespace mesos::cli {
namespace {

constexpr int kLeastColumns = 40;
constexpr int kLeastRows = 8;
constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};

using Amounts = std::map<std::string, double>;

double Of(const Amounts& amounts, const char* name) {
  const auto found = amounts.find(name);
  return found == amounts.end() ? 0 : found->second;
}

// The largest part of any resource, as the allocator counts shares.
double DominantShare(const Amounts& used, const Amounts& total) {
  double share = 0;
  for (const auto& [name, amount] : used) {
    const double all = Of(total, name.c_str());
    if (all > 0) share = std::max(share, amount / all);
  }
  return share;
}

std::string Percent(double share) { return absl::StrFormat("%.0f%%", share * 100); }

Colour ColourOf(double share) {
  return share >= 0.9 ? Colour::kRed : share >= 0.7 ? Colour::kYellow : Colour::kGreen;
}

class Screen {
 public:
  Screen(const TopState& state, ScreenSize size, bool colours)
      : state_(state), size_(size), colours_(colours) {
    for (const AgentEntry& agent : state.agents.agents()) {
      for (const auto& [name, amount] : Scalars(agent.total_resources())) total_[name] += amount;
      for (const auto& [name, amount] : Scalars(agent.allocated_resources())) {
        used_[name] += amount;
      }
    }
    bar_ = std::clamp((size.columns - 60) / 3, 10, 40);
  }

  std::vector<std::string> Lines() {
    Heading();
    std::vector<std::string> body;
    Append("ROLES", Roles(), &body);
    Append("FRAMEWORKS", Frameworks(), &body);
    Append("AGENTS", Agents(), &body);
    const int room = size_.rows - static_cast<int>(lines_.size()) - 1;
    const int most = std::max(0, static_cast<int>(body.size()) - room);
    const int from = std::clamp(state_.scrolled, 0, most);
    for (int i = from; i < static_cast<int>(body.size()) && i < from + room; ++i) {
      lines_.push_back(body[i]);
    }
    while (static_cast<int>(lines_.size()) < size_.rows - 1) lines_.push_back("");
    const std::string more =
        most > 0 ? absl::StrCat(
                       "  up/down: scroll (",
                       from + room < static_cast<int>(body.size()) ? body.size() - from - room : 0,
                       " lines more)")
                 : "";
    lines_.push_back(
        Coloured(CutEnd(absl::StrCat("q: quit", more), size_.columns), Colour::kFaint, colours_));
    return std::move(lines_);
  }

 private:
  void Heading() {
    const std::string time = absl::FormatTime("%H:%M:%S UTC", state_.now, absl::UTCTimeZone());
    const std::string left = CutEnd(
        absl::StrCat("mesos top  ", Printable(state_.master), "  ", state_.agents.agents_size(),
                     " agents, ", state_.frameworks.frameworks_size(), " frameworks"),
        std::max(0, size_.columns - Columns(time) - 2));
    lines_.push_back(Coloured(
        absl::StrCat(left,
                     std::string(std::max(2, size_.columns - Columns(left) - Columns(time)), ' '),
                     time),
        Colour::kBold, colours_));
    for (const auto& [name, title] :
         {std::pair("cpus", "CPU "), std::pair("mem", "MEM "), std::pair("disk", "DISK")}) {
      const double total = Of(total_, name);
      const double used = Of(used_, name);
      const double share = total > 0 ? used / total : 0;
      const std::string amounts = std::string(name) == "cpus" ? UsedOf(used, total).text
                                                              : UsedMegabytesOf(used, total).text;
      lines_.push_back(CutLine(absl::StrCat(title, " "), share,
                               absl::StrFormat(" %4s  %s", Percent(share), amounts)));
    }
    if (!state_.error.empty()) {
      lines_.push_back(
          Coloured(CutEnd(Printable(state_.error), size_.columns), Colour::kRed, colours_));
    }
  }

  // A bar between two texts, as wide as there is room for.
  std::string CutLine(const std::string& left, double share, const std::string& right) const {
    const int room = std::min(bar_ * 2, size_.columns - Columns(left) - Columns(right));
    if (room < 4) return CutEnd(absl::StrCat(left, right), size_.columns);
    return absl::StrCat(left, Coloured(Bar(share, room), ColourOf(share), colours_), right);
  }

  void Append(const std::string& title, const Table& table, std::vector<std::string>* body) const {
    body->push_back("");
    if (table.rows.empty()) {
      body->push_back(Coloured(absl::StrCat(title, "  none"), Colour::kFaint, colours_));
      return;
    }
    const std::string text = table.Render({.width = size_.columns, .colours = colours_});
    for (absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
      body->push_back(std::string(line));
    }
  }

  // The share first, then what it is made of.
  void AddShare(const Amounts& amounts, std::vector<Cell>* row) const {
    const double share = DominantShare(amounts, total_);
    row->push_back(Cell(Bar(share, bar_), ColourOf(share)));
    row->push_back(Percent(share));
    row->push_back(NumberText(Of(amounts, "cpus")));
    row->push_back(MegabytesText(Of(amounts, "mem")));
  }

  void AddShareColumns(Table* table) const {
    table->columns.push_back({.heading = "SHARE", .rank = 9});
    table->columns.push_back(NumberColumn("%", 1));
    table->columns.push_back(NumberColumn("CPUS", 4));
    table->columns.push_back(NumberColumn("MEM", 5));
  }

  static void SortByShare(std::vector<std::pair<double, std::vector<Cell>>>* rows, Table* table) {
    std::stable_sort(rows->begin(), rows->end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    for (auto& [share, row] : *rows) table->rows.push_back(std::move(row));
  }

  Table Roles() const {
    Table table;
    table.columns = {NameColumn("ROLE")};
    AddShareColumns(&table);
    table.columns.push_back(NumberColumn("WEIGHT", 7));
    table.columns.push_back(NumberColumn("FRAMEWORKS", 8));
    std::vector<std::pair<double, std::vector<Cell>>> rows;
    for (const v1::Role& role : state_.roles.roles()) {
      const Amounts amounts = Scalars(role.resources());
      std::vector<Cell> row = {role.name()};
      AddShare(amounts, &row);
      row.push_back(NumberText(role.weight()));
      row.push_back(absl::StrCat(role.frameworks_size()));
      rows.push_back({DominantShare(amounts, total_), std::move(row)});
    }
    SortByShare(&rows, &table);
    return table;
  }

  Table Frameworks() const {
    Table table;
    table.columns = {NameColumn("FRAMEWORK")};
    AddShareColumns(&table);
    table.columns.push_back(NumberColumn("OFFERS", 6));
    table.columns.push_back(NameColumn("ROLES", 3));
    table.columns.push_back(IdColumn("ID", 7));
    std::vector<std::pair<double, std::vector<Cell>>> rows;
    for (const FrameworkEntry& framework : state_.frameworks.frameworks()) {
      const v1::FrameworkInfo& info = framework.framework_info();
      const Amounts amounts = Scalars(framework.allocated_resources());
      std::vector<Cell> row = {info.name()};
      AddShare(amounts, &row);
      row.push_back(absl::StrCat(framework.offers_size()));
      row.push_back(absl::StrJoin(info.roles(), ","));
      row.push_back(info.id().value());
      rows.push_back({DominantShare(amounts, total_), std::move(row)});
    }
    SortByShare(&rows, &table);
    return table;
  }

  Table Agents() const {
    Table table;
    table.columns = {NameColumn("AGENT"),    {.heading = "USED", .rank = 9},
                     NumberColumn("%", 1),   NumberColumn("CPUS", 4),
                     NumberColumn("MEM", 5), NumberColumn("DISK", 8),
                     IdColumn("ID", 7)};
    std::vector<std::pair<double, std::vector<Cell>>> rows;
    for (const AgentEntry& agent : state_.agents.agents()) {
      const Amounts total = Scalars(agent.total_resources());
      const Amounts used = Scalars(agent.allocated_resources());
      const double share = DominantShare(used, total);
      rows.push_back(
          {share,
           {Cell(agent.agent_info().hostname(), agent.active() ? Colour::kNone : Colour::kRed),
            Cell(Bar(share, bar_), ColourOf(share)), Percent(share),
            UsedOf(Of(used, "cpus"), Of(total, "cpus")),
            UsedMegabytesOf(Of(used, "mem"), Of(total, "mem")),
            UsedMegabytesOf(Of(used, "disk"), Of(total, "disk")),
            agent.agent_info().id().value()}});
    }
    SortByShare(&rows, &table);
    return table;
  }

  const TopState& state_;
  const ScreenSize size_;
  const bool colours_;
  int bar_ = 10;
  Amounts total_;
  Amounts used_;
  std::vector<std::string> lines_;
};

}  // namespace

std::string Bar(double share, int columns) {
  if (!(share > 0)) share = 0;
  const int eighths = static_cast<int>(std::round(std::min(share, 1.0) * columns * 8));
  std::string bar;
  for (int i = 0; i < eighths / 8; ++i) bar += "█";
  bar += kEighths[eighths % 8];
  for (int i = (eighths + 7) / 8; i < columns; ++i) bar += "·";
  return bar;
}

std::string DrawTop(const TopState& state, ScreenSize size, bool colours) {
  std::string text = "\x1b[H";
  std::vector<std::string> lines;
  if (size.columns < kLeastColumns || size.rows < kLeastRows) {
    lines = {CutEnd(absl::StrCat("too small: ", kLeastColumns, "x", kLeastRows), size.columns)};
  } else {
    lines = Screen(state, size, colours).Lines();
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    // Cleared before it is written: after it, a full line would lose its last character.
    absl::StrAppend(&text, i > 0 ? "\r\n" : "", "\x1b[K", lines[i]);
  }
  absl::StrAppend(&text, "\x1b[J");
  return text;
}

}  // namespace mesos::cli
