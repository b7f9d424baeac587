// A program on top of the client that openapi-generator has generated for Go: run with the API's address.
package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"os"

	readout "github.com/GIT_USER_ID/GIT_REPO_ID"
)

func require(holds bool, what ...any) {
	if !holds {
		log.Fatalln(what...)
	}
}

func main() {
	configuration := readout.NewConfiguration()
	configuration.Servers = readout.ServerConfigurations{{URL: os.Args[1]}}
	client, request := readout.NewAPIClient(configuration), context.Background()

	everything, _, err := client.EventsAPI.ListEvents(request).Limit(500).Execute()
	require(err == nil && int(everything.Page.Total) == len(everything.Data), "all events", err)

	kinds := []readout.TermOfEventKinds{readout.TERMOFEVENTKINDS_CALL, readout.TERMOFEVENTKINDS_TALKS}
	calls, _, err := client.EventsAPI.ListEvents(request).Kind(kinds).Party([]string{"putin"}).Execute()
	require(err == nil && calls.Page.Total > 0 && calls.Page.Total < everything.Page.Total, "calls and talks", err)

	titles, _, err := client.EventsAPI.ListEvents(request).Limit(500).Fields([]string{"title"}).Execute()
	require(err == nil && len(titles.Data) == len(everything.Data), "titles", err)
	for place, event := range titles.Data {
		require(event.GetTitle() == everything.Data[place].GetTitle() && !event.HasSummary(), "title", place)
	}

	_, response, err := client.EventsAPI.GetEvent(request, "no-such-event").Execute()
	var failure *readout.GenericOpenAPIError
	require(errors.As(err, &failure) && response.StatusCode == 404, "missing", err)
	problem, described := failure.Model().(readout.ProblemDetails)
	require(described && problem.GetDetail() != "", "problem", failure.Model())

	_, response, err = client.EventsAPI.ListEvents(request).Sort([]string{"titel"}).Execute()
	require(errors.As(err, &failure) && response.StatusCode == 400, "invalid", err)
	problem, described = failure.Model().(readout.ProblemDetails)
	require(described && problem.Errors[0].GetDidYouMean() == "title", "problem", failure.Model())

	matrix, _, err := client.ViewsAPI.GetMatrix(request).Negotiation([]string{"ukraine-war-settlement"}).Execute()
	require(err == nil && len(matrix.Cells) > 0, "matrix", err)

	file, _, err := client.ViewsAPI.ExportSqlite(request).Execute()
	require(err == nil, "download", err)
	_, _, err = client.ViewsAPI.ExportNdjson(request).Execute()
	require(err == nil, "lines", err)
	_, _, err = client.ViewsAPI.ExportCsv(request).Execute()
	require(err == nil, "archive", err)
	start := make([]byte, 15)
	_, err = io.ReadFull(file, start)
	require(err == nil && bytes.Equal(start, []byte("SQLite format 3")), "download", err)
}
