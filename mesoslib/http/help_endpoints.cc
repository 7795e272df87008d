#include "mesoslib/http/help_endpoints.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/json_writer.h"
#include "mesoslib/http/jsonp.h"
#include "mesoslib/http/openapi.h"
#include "mesoslib/http/query.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {
namespace {

using Endpoints = std::vector<EndpointHelp>;
using Place = ParameterHelp::Place;

absl::string_view NameOf(Served served) { return served == Served::kMaster ? "master" : "slave"; }

std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text,
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string ParameterText(const ParameterHelp& parameter) {
  const absl::string_view place = parameter.place == Place::kQuery  ? "query"
                                  : parameter.place == Place::kForm ? "form"
                                                                    : "path";
  return absl::StrCat(parameter.name, " (", place, parameter.required ? ", required" : "",
                      "): ", parameter.summary);
}

// Plain text, some lines.
std::string TextOf(const EndpointHelp& endpoint) {
  std::string text = absl::StrCat(endpoint.method, ": ", endpoint.summary, "\n");
  for (const ParameterHelp& parameter : endpoint.parameters) {
    absl::StrAppend(&text, "  ", ParameterText(parameter), "\n");
  }
  if (!endpoint.takes.empty()) absl::StrAppend(&text, "  body: ", endpoint.takes, "\n");
  if (!endpoint.gives.empty()) {
    absl::StrAppend(&text, endpoint.streams ? "  stream of: " : "  answer: ", endpoint.gives, "\n");
  }
  absl::StrAppend(&text, "  status: ", absl::StrJoin(endpoint.statuses, ", "), "\n");
  return text;
}

std::string AsPage(Served served, const Endpoints& endpoints) {
  std::string page =
      absl::StrCat("<!DOCTYPE html>\n<html><head><title>Help</title></head><body>\n<h1>",
                   NameOf(served), "</h1>\n");
  absl::string_view path;
  for (const EndpointHelp& endpoint : endpoints) {
    if (endpoint.path != path) {
      absl::StrAppend(&page, "<h2><a href=\"/help", endpoint.path, "\">", endpoint.path,
                      "</a></h2>\n");
    }
    path = endpoint.path;
    absl::StrAppend(&page, "<pre>", Escaped(TextOf(endpoint)), "</pre>\n");
  }
  return page + "</body></html>\n";
}

// {"processes":[{"id":"master","endpoints":[{"name":"/flags","method":"GET","text":"..."}]}]}
std::string AsJson(Served served, const Endpoints& endpoints) {
  std::string text;
  JsonOutput output(&text);
  JsonWriter json(&output);
  json.StartObject();
  json.Name("processes");
  json.StartArray();
  json.StartObject();
  json.Name("id");
  json.Text(NameOf(served));
  json.Name("endpoints");
  json.StartArray();
  for (const EndpointHelp& endpoint : endpoints) {
    json.StartObject();
    json.Name("name");
    json.Text(endpoint.path);
    json.Name("method");
    json.Text(endpoint.method);
    json.Name("text");
    json.Text(TextOf(endpoint));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  json.EndArray();
  json.EndObject();
  return text;
}

bool WantsJson(const Request& request) {
  const std::optional<std::string> format = Parameter(request.query, "format");
  if (format.has_value()) return *format == "json";
  const absl::string_view accept = request.headers.Find("Accept").value_or("");
  return absl::StrContains(accept, "application/json") && !absl::StrContains(accept, "text/html");
}

// Those at the path that is below /help; all where nothing is.
Endpoints Selected(Served served, const Endpoints& endpoints, const Request& request) {
  absl::string_view below = PathBelow(request.path, "/help");
  absl::ConsumeSuffix(&below, "/");
  for (const absl::string_view prefix : {NameOf(served), absl::string_view("slave(1)")}) {
    if (below == prefix) return endpoints;
    if (absl::ConsumePrefix(&below, absl::StrCat(prefix, "/"))) break;
  }
  if (below.empty()) return endpoints;
  Endpoints selected;
  for (const EndpointHelp& endpoint : endpoints) {
    if (endpoint.path == absl::StrCat("/", below)) selected.push_back(endpoint);
  }
  return selected;
}

Handler CreateHelp(Served served, std::shared_ptr<const Endpoints> endpoints) {
  return [served, endpoints = std::move(endpoints)](std::unique_ptr<Exchange> exchange) {
    const Request& request = exchange->request();
    const Endpoints selected = Selected(served, *endpoints, request);
    if (selected.empty()) {
      return exchange->Reply(
          TextReply(404, absl::StrCat("there is nothing at path ",
                                      Quoted(PathBelow(request.path, "/help")), "; see /help")));
    }
    if (WantsJson(request)) return ReplyJson(exchange.get(), AsJson(served, selected));
    exchange->Reply({200,
                     {{"Content-Type", "text/html; charset=utf-8"},
                      {"Content-Security-Policy", "default-src 'none'"}},
                     AsPage(served, selected)});
  };
}

Handler CreateOpenApi(std::string document) {
  return [document = std::make_shared<const std::string>(std::move(document))](
             std::unique_ptr<Exchange> exchange) { ReplyJson(exchange.get(), *document); };
}

}  // namespace

void AddHelp(Served served, std::vector<Route>* routes) {
  const std::vector<std::string> get = {"GET", "HEAD"};
  routes->push_back({"/help", get, nullptr});
  routes->push_back({"/openapi.json", get, nullptr});
  auto endpoints = std::make_shared<const Endpoints>(HelpFor(served, *routes));
  const std::string title = absl::StrCat("mesoslib ", NameOf(served));
  routes->at(routes->size() - 1).handler = CreateOpenApi(OpenApiDocument(title, *endpoints));
  routes->at(routes->size() - 2).handler = CreateHelp(served, std::move(endpoints));
}

}  // namespace mesos::http
