package main

// prices are what AWS asks for one unit, in dollars, without the free tier.
type prices struct {
	date, region string

	httpAPIRequest                  float64
	lambdaRequest, lambdaGBSecond   float64
	writeUnit, readUnit             float64
	sqsRequest                      float64
	logGB, logStorageGBMonth        float64
	kmsKeyMonth, kmsRequest         float64
	alarmMonth                      float64
	metricMonth, dashboardMonth     float64
	storageGBMonth, recoveryGBMonth float64
}

const million = 1e6

// listPrices are the list prices as third-party pages gave them; the pages of AWS
// itself were not at hand, so compare before you rely on them. Lambda is arm64.
func listPrices() prices {
	return prices{
		date: "30 November 2026, from pages of 2024 to 2026", region: "us-east-1",
		httpAPIRequest: 1.00 / million,
		lambdaRequest:  0.20 / million, lambdaGBSecond: 0.0000133334,
		writeUnit: 0.625 / million, readUnit: 0.125 / million,
		sqsRequest: 0.40 / million,
		logGB:      0.50, logStorageGBMonth: 0.03,
		kmsKeyMonth: 1.00, kmsRequest: 0.03 / 10_000,
		alarmMonth: 0.10, metricMonth: 0.30, dashboardMonth: 3.00,
		storageGBMonth: 0.25, recoveryGBMonth: 0.20,
	}
}
