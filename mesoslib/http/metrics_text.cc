#include "mesoslib/http/metrics_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/latency_histogram.h"
#include "mesoslib/http/json_writer.h"
#include "mesoslib/http/metric_names.h"

namespace mesos::http {
namespace {

constexpr absl::string_view kBucket = "_ms/bucket/";
constexpr absl::string_view kLastBucket = "_ms/bucket/inf";

// What is not ASCII, and may not even be UTF-8, which readers insist on, is percent-encoded.
std::string EscapeHelp(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\\') {
      escaped += "\\\\";
    } else if (absl::ascii_isascii(static_cast<unsigned char>(c))) {
      escaped += c;
    } else {
      absl::StrAppend(&escaped, "%", absl::Hex(static_cast<unsigned char>(c)));
    }
  }
  return escaped;
}

// In HELP texts an escaped quote would be wrong.
std::string EscapeLabel(absl::string_view text) {
  return absl::StrReplaceAll(EscapeHelp(text), {{"\"", "\\\""}});
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);  // The shortest.
  return std::string(text.data(), end.ptr);
}

// `labels`: written already, each with a comma after it.
std::string Sample(absl::string_view name, absl::string_view labels, double value) {
  std::string line(name);
  if (!labels.empty()) absl::StrAppend(&line, "{", absl::StripSuffix(labels, ","), "}");
  absl::StrAppend(&line, " ", Number(value), "\n");
  return line;
}

// All samples of one name for Prometheus.
struct Family {
  const char* type = "gauge";
  std::string help;
  struct Member {
    std::string mesos_name;
    std::string labels;
    double value = 0;
    std::string histogram;  // Of a histogram: its name.
  };
  std::vector<Member> members;
};

class PrometheusText {
 public:
  explicit PrometheusText(const Metrics& metrics) : values_(metrics.begin(), metrics.end()) {
    for (const auto& [name, value] : values_) {
      if (absl::EndsWith(name, kLastBucket)) histograms_.insert(NameOfHistogram(name));
    }
    for (const auto& [name, value] : values_) Add(name, value);
  }

  std::string Write() const {
    std::string text;
    for (const auto& [name, family] : families_) {
      absl::StrAppend(&text, "# HELP ", name, " ", EscapeHelp(family.help), "\n# TYPE ", name, " ",
                      family.type, "\n");
      std::map<std::string, int> alike;
      for (const Family::Member& member : family.members) ++alike[member.labels];
      for (const Family::Member& member : family.members) {
        std::string labels = member.labels;
        if (alike[labels] > 1) {
          absl::StrAppend(&labels, "mesos_name=\"", EscapeLabel(member.mesos_name), "\",");
        }
        if (member.histogram.empty()) {
          text += Sample(name, labels, member.value);
        } else {
          WriteHistogram(name, labels, member.histogram, &text);
        }
      }
    }
    return text;
  }

 private:
  static absl::string_view NameOfHistogram(absl::string_view last_bucket) {
    return absl::StripSuffix(last_bucket, kLastBucket);
  }

  double ValueOf(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? 0 : found->second;
  }

  // Told by the histogram itself.
  bool IsPartOfHistogram(absl::string_view name) const {
    const size_t end = name.rfind("_ms/");
    return end != name.npos && histograms_.contains(name.substr(0, end));
  }

  void Add(const std::string& name, double value) {
    const bool histogram = absl::EndsWith(name, kLastBucket);
    if (!histogram && IsPartOfHistogram(name)) return;
    PrometheusName told =
        NameForPrometheus(histogram ? absl::StrCat(NameOfHistogram(name), "_seconds") : name);
    Family& family = families_[told.family];
    Family::Member member{name, "", value, ""};
    for (const auto& [label, text] : told.labels) {
      absl::StrAppend(&member.labels, label, "=\"", EscapeLabel(text), "\",");
    }
    if (histogram) member.histogram = std::string(NameOfHistogram(name));
    const char* type = histogram ? "histogram" : IsCounter(name) ? "counter" : "gauge";
    if (family.members.empty()) {
      family.help = std::move(told.help);
      family.type = type;
    } else if (absl::string_view(family.type) != type) {
      // Somebody has named a role so that it looks like something else.
      if (histogram || absl::string_view(family.type) == "histogram") return;
      family.type = "untyped";
    }
    family.members.push_back(std::move(member));
  }

  void WriteHistogram(const std::string& family, const std::string& labels,
                      const std::string& histogram, std::string* text) const {
    double below = 0;
    auto bucket = [&](absl::string_view bound) {
      *text += Sample(family + "_bucket", absl::StrCat(labels, "le=\"", bound, "\","), below);
    };
    for (size_t i = 0; i < LatencyHistogram::kBounded; ++i) {
      // Those that hold nothing of their own are not told of.
      const auto told =
          values_.find(absl::StrCat(histogram, kBucket, LatencyHistogram::BoundName(i)));
      if (told != values_.end()) below = told->second;
      bucket(Number(absl::ToDoubleSeconds(LatencyHistogram::Bound(i))));
    }
    below = ValueOf(absl::StrCat(histogram, kLastBucket));
    bucket("+Inf");
    *text += Sample(family + "_sum", labels, ValueOf(histogram + "_ms/sum") / 1000);
    *text += Sample(family + "_count", labels, below);
  }

  const std::map<std::string, double> values_;
  std::set<absl::string_view> histograms_;  // Views of the names.
  std::map<std::string, Family> families_;
};

// Roles may be named like the beginning of one.
bool IsBucket(const std::pair<std::string, double>& metric) {
  const absl::string_view name = metric.first;
  const size_t found = name.rfind(kBucket);
  return found != name.npos && !absl::StrContains(name.substr(found + kBucket.size()), '/');
}

}  // namespace

std::string MetricsAsJson(Metrics metrics) {
  metrics.erase(std::remove_if(metrics.begin(), metrics.end(), IsBucket), metrics.end());
  std::sort(metrics.begin(), metrics.end());
  std::string json;
  JsonOutput output(&json);
  JsonWriter writer(&output);
  writer.StartObject();
  for (const auto& [name, value] : metrics) {
    writer.Text(name);
    writer.Number(value);
  }
  writer.EndObject();
  return json;
}

std::string MetricsForPrometheus(Metrics metrics) { return PrometheusText(metrics).Write(); }

}  // namespace mesos::http
