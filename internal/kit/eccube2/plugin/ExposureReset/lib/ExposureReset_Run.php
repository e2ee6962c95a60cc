<?php
/**
 * One round: tell what is untold, take over the list, make worthless what it says, look for
 * passwords that nobody told of, report. Each step may fail or be killed at any point; the
 * next round finds by itself what is left, because each looks at what is there, not at what
 * it meant to do. No step works twice on what is done.
 *
 * From a page it is short: somebody waits. What it leaves it goes on with at the next page.
 */
class ExposureReset_Run
{
    const VERSION = '1.0.0';
    const PAUSE = 60;       // seconds between the two times that sessions are ended
    const PAGE_PAGES = 20;  // pages of the list from one page of the shop
    const PAGE_WORK = 200;  // passwords from one page of the shop
    const PAGE_TIME = 5;    // seconds after which a page of the shop begins no further call
    const CHUNK = 5000;     // members read at once from cron
    const PIECE = 500;      // of them, those written at once
    const SWEEP = 10000;    // members whose sessions are looked for at once
    const SKEW = 120;       // seconds that the clocks may differ
    const STALE = 600;      // seconds after which a list is old
    const UNSEEN = 86400;   // seconds without a page of the shop, after which its hooks are taken for dead

    private $settings;
    private $api;
    private $book;
    private $shop;
    private $clock;
    private $lease;
    private $teller;
    private $cron = false;
    private $began = 0;
    private $left = false;      // work is left
    private $changed = array(); // members whose change is to be reported
    private $findings = array();

    public function __construct($settings, $api, $book, $shop, $clock)
    {
        $this->settings = $settings;
        $this->api = $api;
        $this->book = $book;
        $this->shop = $shop;
        $this->clock = $clock;
        $this->lease = new ExposureReset_Lease($book, $clock);
        $this->teller = new ExposureReset_Teller($api, $book);
    }

    public function due()
    {
        return $this->lease->due();
    }

    /**
     * Does a round if it is time and nobody else does one; returns whether it did. What goes
     * wrong is noted for the self-test and for the next report; only a database that does not
     * work at all comes out, as ExposureReset_Trouble.
     */
    public function go($fromCron)
    {
        $this->cron = $fromCron;
        $this->began = $this->clock->now();
        $this->left = false;
        $this->changed = array();
        $this->findings = array();
        if (!$this->lease->take($this->span())) {
            return false;
        }
        if ($fromCron) {
            $this->api->patient();
        }
        $this->book->set($fromCron ? 'cron_at' : 'page_at', $this->began);
        $reached = $this->step('tell') && $this->step('pull');
        $this->step('enforce');
        if ($reached) {
            $this->step('report');
        }
        $this->lease->release($this->left ? 0 : ExposureReset_Lease::EVERY);
        return true;
    }

    /** Does a step; what goes wrong is noted. False when the API cannot be reached. */
    private function step($name)
    {
        try {
            $this->hold();
            $this->$name();
            return true;
        } catch (ExposureReset_Unreachable $e) {
            $this->book->set('call_error', $e->getMessage() . ' ' . $this->clock->now());
            return false;
        } catch (ExposureReset_Refused $e) {
            $this->book->set('call_error', $e->getMessage() . ' ' . $this->clock->now());
            return true;
        } catch (ExposureReset_Trouble $e) {
            $this->book->set('error', $e->getMessage() . ' ' . $this->clock->now());
            $this->findings['error'] = true;
            if ($e->getMessage() === 'lease') {
                throw $e;
            }
            return true;
        }
    }

    private function span()
    {
        return $this->cron ? ExposureReset_Lease::LONGEST : ExposureReset_Lease::EVERY;
    }

    /** Goes on only while the turn is ours. */
    private function hold()
    {
        $this->lease->keep($this->span());
    }

    /** Whether a page of the shop has waited long enough. */
    private function tired()
    {
        return !$this->cron && abs($this->clock->now() - $this->began) >= self::PAGE_TIME;
    }

    private function tell()
    {
        foreach ($this->book->untold($this->cron ? 200 : 3) as $row) {
            if ($this->tired()) {
                return;
            }
            $this->teller->tell((int) $row['customer_id'], $row['renewal_key']);
        }
    }

    private function pull()
    {
        $stale = 0;
        $more = true;
        for ($i = 0; $more && ($this->cron || $i < self::PAGE_PAGES) && !$this->tired(); $i++) {
            $turn = $this->book->nextTurn();
            $cursor = $this->book->get('cursor');
            try {
                $page = $this->api->changes($cursor);
            } catch (ExposureReset_Refused $e) {
                $this->book->set('cursor', ''); // a cursor that is none any more
                throw $e;
            }
            $stale += $this->book->takeOver($page, $turn, $cursor === '');
            $this->book->set('skew', $page['date'] > 0 ? $this->clock->now() - $page['date'] : 0);
            $more = $page['more'];
            $this->hold();
        }
        if ($more) {
            $this->left = true;
            return;
        }
        $this->book->set('list_at', $this->clock->now());
        if ($stale > 0) {
            $this->book->set('cursor', ''); // what was left out is told again only from the beginning
        }
    }

    private function enforce()
    {
        if (!$this->settings->isOn()) {
            return;
        }
        $held = $this->book->get('held') !== '0';
        $after = 0;
        $chunk = $this->cron ? self::CHUNK : self::PAGE_WORK;
        do {
            $rows = $this->shop->armed($after, $chunk);
            foreach (array_chunk($rows, self::PIECE) as $piece) {
                $this->blank($piece, $after, $held);
                $last = end($piece);
                $after = (int) $last['customer_id'];
                $this->hold();
            }
            $more = count($rows) === $chunk;
            $this->left = $this->left || ($more && !$this->cron);
        } while ($more && $this->cron);
        if (!$held) {
            $this->book->bar($this->clock->now(), 0, ExposureReset_Book::LAST);
        }
        $this->sweep();
    }

    /** Makes worthless what is to be, of listed members with a password: rows by id, above $after. */
    private function blank($rows, $after, $held)
    {
        $evidences = array();
        $prints = array();
        foreach ($rows as $row) {
            $id = (int) $row['customer_id'];
            $evidence = $this->book->evidence($id, $row['print']);
            if ($this->isDue($row, $evidence) && !$held) {
                $evidences[$id] = $evidence;
                $prints[$id] = $row['print'];
            }
        }
        if ($prints) {
            $this->book->aim($evidences);
            $this->shop->blank($prints);
            $this->book->bar($this->clock->now(), $after, $id); // the gate is to know at once
        }
    }

    /** Whether a listed member's password is to be made worthless now. Of one that nobody told of it is noted to be reported first. */
    private function isDue($row, $evidence)
    {
        if ((string) $row['renewal_key'] !== '' && ExposureReset_Random::same($evidence, (string) $row['renewal_evidence'])) {
            $this->book->renewed((int) $row['customer_id'], $row['renewal_key'], $this->clock->now()); // a kill came between storing and noting
            return false;
        }
        if ((int) $row['barred_at'] === 0 || in_array($evidence, array((string) $row['evidence'], (string) $row['told_evidence']), true)) {
            return true;
        }
        if (count($this->changed) < ExposureReset_Api::PAGE) {
            $this->changed[] = array('member_id' => (string) $row['customer_id'], 'since' => $row['since'], 'evidence' => $evidence);
        }
        return false;
    }

    private function sweep()
    {
        do {
            $ids = $this->book->toSweep($this->clock->now(), self::PAUSE, self::SWEEP);
            if ($ids) {
                $this->shop->endSessions($ids);
                $this->book->swept($ids, $this->clock->now());
                $this->hold();
            }
        } while (count($ids) === self::SWEEP);
    }

    private function report()
    {
        $on = $this->settings->isOn();
        do {
            if ($this->tired()) {
                return;
            }
            $rows = $on ? $this->book->toReport(ExposureReset_Api::PAGE) : array();
            $changed = $on ? $this->changed : array();
            $this->changed = array();
            $this->api->report($this->body($rows, $changed));
            $this->book->set('report_at', $this->clock->now());
            $this->book->reported($rows);
            foreach ($changed as $c) {
                $this->book->reportedChange((int) $c['member_id'], $c['evidence']);
                $this->left = true; // it is to be made worthless now
            }
            $full = count($rows) === ExposureReset_Api::PAGE;
            $this->left = $this->left || ($full && !$this->cron);
            $this->hold();
        } while ($full && $this->cron);
    }

    private function body($rows, $changed)
    {
        $barred = array();
        foreach ($rows as $row) {
            $barred[] = array('member_id' => (string) $row['customer_id'], 'since' => $row['barred_since']);
        }
        return array('version' => self::VERSION, 'mode' => $this->settings->mode, 'list_age' => self::age($this->book, $this->clock->now()),
            'findings' => $this->findings(), 'barred' => $barred, 'changed' => $changed);
    }

    /** Seconds since the last whole list; null when there was none. */
    public static function age($book, $now)
    {
        $at = $book->get('list_at');
        return $at === '' ? null : max(0, $now - (int) $at);
    }

    private function findings()
    {
        $found = $this->findings;
        $found['tls-unverified'] = strncmp($this->settings->api_url, 'https:', 6) !== 0;
        $found['clock'] = abs((int) $this->book->get('skew')) > self::SKEW;
        $found['ids'] = (int) $this->book->get('odd') > 0;
        $age = self::age($this->book, $this->clock->now());
        $found['list-old'] = $age === null || $age > self::STALE;
        $found['hooks'] = abs($this->clock->now() - (int) $this->book->get('page_at')) > self::UNSEEN;
        $found['sessions'] = ini_get('session.serialize_handler') !== 'php';
        foreach (explode(' ', $this->book->get('findings')) as $noted) { // by whoever sees the shop's pages
            $found[$noted] = true;
        }
        unset($found['']);
        return array_keys(array_filter($found));
    }
}
