#include "daemons/cli/view.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;

View Sample() {
  View view;
  view.sections.push_back(
      {.title = "Agent", .fields = {{"Id", "a1"}, {"Long name", "x\ny"}, {"Nothing so long", ""}}});
  Table table;
  table.columns = {{.heading = "ID"}, {.heading = "MORE", .wide = true}};
  table.rows = {{"t1", "m"}};
  view.sections.push_back({.title = "Tasks", .table = table, .nothing = "no tasks"});
  view.json = [] { return R"({"id":"a1","tasks":["t1"],"none":[],"n":1.5})"; };
  return view;
}

TEST(ViewTest, PeopleSeeFieldsAndTables) {
  EXPECT_EQ(Render(Sample(), {}), "Agent\nId:         a1\nLong name:  x\\ny\n\nTasks\nID\nt1\n");
  EXPECT_THAT(Render(Sample(), {.format = Format::kWide}), HasSubstr("ID  MORE\nt1  m\n"));
}

TEST(ViewTest, ATerminalIsToldThatThereIsNothing) {
  View view = Sample();
  view.sections[1].table.rows.clear();
  EXPECT_THAT(Render(view, {.terminal = true}), HasSubstr("Tasks\nno tasks\n"));
  EXPECT_THAT(Render(view, {}), HasSubstr("Tasks\nID\n")) << "programs read headings";
}

TEST(ViewTest, ProgramsGetJsonAndYaml) {
  EXPECT_EQ(Render(Sample(), {.format = Format::kJson}),
            "{\n  \"id\": \"a1\",\n  \"tasks\": [\n    \"t1\"\n  ],\n  \"none\": [],\n"
            "  \"n\": 1.5\n}\n");
  EXPECT_EQ(Render(Sample(), {.format = Format::kYaml}),
            "id: a1\ntasks:\n  - t1\nnone: []\n\"n\": 1.5\n");
}

TEST(ViewTest, WhatStandsInTextDoesNotChangeTheFormat) {
  EXPECT_EQ(IndentJson(R"({"a{,:":"\"[}\\"})"), "{\n  \"a{,:\": \"\\\"[}\\\\\"\n}\n");
  EXPECT_EQ(IndentJson("\"open\\"), "\"open\\\n");
  EXPECT_EQ(IndentJson("]]"), "\n]\n]\n");
  EXPECT_EQ(JsonToYaml(R"({"a":"yes","b":"1.0","c":"- x: y","d":"","e":"a b","f":"\u001b[2J"})"),
            "a: \"yes\"\nb: \"1.0\"\nc: \"- x: y\"\nd: \"\"\ne: \"a b\"\nf: \"\\u001b[2J\"\n");
  EXPECT_EQ(JsonToYaml(R"([{"a":[{"b":1},{"b":null}]},[[1],[]]])"),
            "- a:\n    - b: 1\n    - b: null\n- - - 1\n  - []\n");
  EXPECT_EQ(JsonToYaml("{}"), "{}\n");
}

TEST(ViewTest, JsonIsAsciiWhateverANameHolds) {
  v1::TaskID id;
  id.set_value("\x1b[2J\xe2\x80\xae");
  EXPECT_EQ(JsonList({&id, &id}),
            "[{\"value\":\"\\u001b[2J\\u202e\"},{\"value\":\"\\u001b[2J\\u202e\"}]");
  EXPECT_EQ(JsonObject({{"a\"", JsonString("\xff")}, {"b", "[]"}}),
            "{\"a\\\"\":\"\\ufffd\",\"b\":[]}");
}

TEST(ViewTest, AnUnknownFormatIsRefused) {
  EXPECT_EQ(std::string(ParseFormat("xml").status().message()),
            "--output is 'xml'; expected table, wide, json or yaml");
  EXPECT_TRUE(absl::IsInvalidArgument(ParseFormat("xml").status()));
  EXPECT_EQ(*ParseFormat(""), Format::kTable);
}

}  // namespace
}  // namespace mesos::cli
