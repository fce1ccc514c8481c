"""Crawl a small site and keep one page of each story: Scrapy.

Run it as ``python examples/scrapy_spider.py`` (``pip install scrapy``). This
process also serves the site. The script prints the pages that pass the pipeline.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

FERRY = (
    "The ferry to Vey was late again on Monday, and nobody on the pier could say why it was so. "
    "The harbour master has promised a report by the end of the week, as he did in March, and the "
    "fares stay what they are until then."
)
PAGES = {
    "/": "<a href=/ferry>1</a> <a href=/cup>2</a> <a href=/agency>3</a> <a href=/print>4</a>",
    "/ferry": f"<p>{FERRY}</p>",
    "/cup": "<p>Seven boats raced for the cup on Sunday, and one of them won it.</p>",
    "/agency": f"<p>{FERRY} (AP)</p>",
    "/print": f"<p>{FERRY}</p>",
}


class Site(BaseHTTPRequestHandler):
    """Serves the pages."""

    def do_GET(self) -> None:
        """Serve a page."""
        self.send_response(200 if self.path in PAGES else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGES.get(self.path, "").encode())

    def log_message(self, *_: Any) -> None:  # noqa: ANN401  as its base has it
        """Say nothing."""


class News(scrapy.Spider):
    """Follows all links and yields the text of each page."""

    name = "news"
    custom_settings = {  # noqa: RUF012  as Scrapy has it
        "ITEM_PIPELINES": {"dedup.adapters.scrapy.DedupPipeline": 300},
        # Add "DEDUP_INDEX": "seen.db" to drop pages of earlier crawls, too.
        # One request at a time, in order, so that each run prints the same.
        "CONCURRENT_REQUESTS": 1,
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
    }

    def parse(self, response: Response) -> Iterator[Any]:
        """Yield the page as an item, and the links to follow."""
        if text := " ".join(response.css("p::text").getall()):
            yield {"url": response.url, "text": text}
        yield from response.follow_all(response.css("a::attr(href)").getall())


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    feed = {"stdout:": {"format": "jsonlines", "fields": ["url"]}}
    process = CrawlerProcess({"FEEDS": feed, "LOG_LEVEL": "WARNING"})  # warnings name dropped pages
    crawler = process.create_crawler(News)
    process.crawl(crawler, start_urls=[f"http://127.0.0.1:{server.server_port}/"])
    process.start()
    assert crawler.stats is not None
    for key, count in sorted(crawler.stats.get_stats().items()):
        if key.startswith("dedup/"):
            print(f"{key}: {count}")
