#include "client/heapctl/printer.h"

#include <sstream>

#include "gtest/gtest.h"
#include "heapd/v1/snapshot_service.pb.h"

namespace heapd::heapctl {
namespace {

class PrinterTest : public testing::Test {
 protected:
  PrinterTest() { global_.out = &out_; }

  GlobalOptions global_;
  std::ostringstream out_;
};

v1::ComparisonRow Row(const std::string& name, int64_t delta) {
  v1::ComparisonRow row;
  row.set_class_name(name);
  row.set_count_delta(delta);
  row.set_size_delta_bytes(delta * 1024);
  return row;
}

TEST_F(PrinterTest, TablesAlignTheirColumns) {
  const std::vector<v1::ComparisonRow> rows = {Row("UpstreamError", 400),
                                               Row("Map", -2)};
  PrintRows(global_, ToJsonRows(rows),
            {{"class_name", "CLASS"},
             {"count_delta", "DELTA", Format::kDelta},
             {"size_delta_bytes", "SIZE DELTA", Format::kBytes}});
  EXPECT_EQ(out_.str(),
            "CLASS          DELTA  SIZE DELTA\n"
            "UpstreamError   +400   400.0 KiB\n"
            "Map               -2    -2.0 KiB\n");
}

TEST_F(PrinterTest, IdsAreInHexAsCommandsTakeThem) {
  PrintRows(
      global_,
      Json::array(
          {{{"session", "8042686840253859201"}, {"ref", "4294967301"}}}),
      {{"session", "SESSION", Format::kSession}, {"ref", "REF", Format::kRef}});
  EXPECT_EQ(out_.str(),
            "SESSION             REF\n"
            "0x6f9d5d11b90a4581  0x100000005\n");
}

TEST_F(PrinterTest, RecordsHaveALineAField) {
  PrintRecord(global_, Json{{"ref", "4294967301"},
                            {"used_bytes", "2048"},
                            {"values", {"null", "int:1"}},
                            {"empty", Json::array()}});
  EXPECT_EQ(out_.str(),
            "ref         0x100000005\n"
            "used_bytes  2.0 KiB\n"
            "values\n"
            "  null\n"
            "  int:1\n"
            "empty  (none)\n");
}

TEST_F(PrinterTest, JsonHasTheFieldNamesOfTheContract) {
  global_.output = OutputFormat::kJson;
  PrintRecord(global_, ToJson(Row("Map", -2)));
  const Json json = Json::parse(out_.str());
  EXPECT_EQ(json["class_name"], "Map");
  EXPECT_EQ(json["count_delta"], "-2");
  EXPECT_EQ(json["new_count"], "0") << "defaults are printed";
}

TEST_F(PrinterTest, BytesThatAreNoTextDoNotStopOutput) {
  global_.output = OutputFormat::kJson;
  PrintRecord(global_, Json{{"name", "\xFF\xFE"}});
  EXPECT_NE(out_.str(), "");
}

TEST(HumanBytesTest, PicksTheUnit) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(1023), "1023 B");
  EXPECT_EQ(HumanBytes(1024), "1.0 KiB");
  EXPECT_EQ(HumanBytes(-1536), "-1.5 KiB");
  EXPECT_EQ(HumanBytes(1048575), "1.0 MiB");
  EXPECT_EQ(HumanBytes(int64_t{5} << 30), "5.0 GiB");
  EXPECT_EQ(HumanBytes(int64_t{5000} << 40), "5000.0 TiB");
}

}  // namespace
}  // namespace heapd::heapctl
