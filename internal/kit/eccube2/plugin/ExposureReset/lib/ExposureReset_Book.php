<?php
/**
 * The kit's own two tables: what the last list said of each member and what was done about
 * it, and some named values. Ids are ints and from ExposureReset_Api::id, so that they may
 * stand in SQL; so may what Api checks (state, since) and hex.
 *
 * barred_at > 0: the old password and the sessions are (being) made worthless.
 * evidence: keyed hash of the password hash that was made worthless last; told_evidence: of
 * one that the API was told of or refused. renewal_*: of a password that our own page sets;
 * renewal_key is gone once the API has answered. Statements use neither != nor &: the oldest
 * database layer takes them for placeholders.
 */
class ExposureReset_Book
{
    const OPEN = "(renewal_key IS NOT NULL AND renewal_key <> '' AND renewed_at > 0)"; // own renewal, untold

    const LAST = 2147483647; // no id is above it

    private $db;
    private $secret = '';

    public function __construct($db)
    {
        $this->db = $db;
    }

    // ---- named values ----

    /** A named value; '' when there is none. */
    public function get($name)
    {
        $rows = $this->db->all('SELECT value FROM plg_exposure_state WHERE name = ?', array($name));
        return $rows ? (string) $rows[0]['value'] : '';
    }

    public function set($name, $value)
    {
        if ($this->db->run('UPDATE plg_exposure_state SET value = ? WHERE name = ?', array((string) $value, $name)) > 0) {
            return;
        }
        if (!$this->db->all('SELECT name FROM plg_exposure_state WHERE name = ?', array($name))) {
            $this->db->run('INSERT INTO plg_exposure_state (name, value) VALUES (?, ?)', array($name, (string) $value));
        }
    }

    /** Puts a value in place of another one; false when that is not there (any more). The two must differ. */
    public function swap($name, $old, $new)
    {
        return $this->db->run('UPDATE plg_exposure_state SET value = ? WHERE name = ? AND value = ?', array($new, $name, $old)) === 1;
    }

    /** Counts requests for the list, so that order needs no clock. */
    public function nextTurn()
    {
        do {
            $turn = $this->get('turn');
        } while (!$this->swap('turn', $turn, (string) ((int) $turn + 1)));
        return (int) $turn + 1;
    }

    /** Keyed hash of a member's password hash (its MD5, as the database gives it): tells two of them apart, and nothing else. */
    public function evidence($id, $print)
    {
        if ($this->secret === '') {
            $this->secret = $this->get('secret');
        }
        if (strlen($this->secret) < 64) {
            throw new ExposureReset_Trouble('secret');
        }
        return hash_hmac('sha256', $id . ':' . $print, $this->secret);
    }

    // ---- the list ----

    /**
     * Takes over a page of the list (of ExposureReset_Api::changes) that was asked for in this
     * turn, wholly or not at all; $first: it is the list's first. Returns how many entries were
     * left out because a completion was told meanwhile: the list is to begin anew then.
     */
    public function takeOver($page, $turn, $first)
    {
        $this->db->begin();
        try {
            $stale = $this->apply($page['members'], $turn);
            $this->set('odd', $page['odd'] + ($first ? 0 : (int) $this->get('odd')));
            $this->set('held', $page['held'] ? '1' : '0');
            $this->set('cursor', $page['cursor']);
            $this->db->commit();
        } catch (ExposureReset_Trouble $e) {
            $this->db->rollback();
            throw $e;
        }
        return $stale;
    }

    private function apply($members, $turn)
    {
        $known = array();
        foreach (array_chunk($members, 500) as $part) {
            $ids = array();
            foreach ($part as $m) {
                $ids[] = $m['id'];
            }
            foreach ($this->db->all('SELECT customer_id, required, state, since, told_turn FROM plg_exposure_member WHERE customer_id IN (' . implode(',', $ids) . ')') as $row) {
                $known[(int) $row['customer_id']] = $row;
            }
        }
        $stale = 0;
        $new = array();
        foreach ($members as $m) {
            $id = $m['id'];
            if (!isset($known[$id])) {
                unset($new[$id]);
                if ($m['required']) {
                    $new[$id] = $m;
                }
            } elseif ((int) $known[$id]['told_turn'] >= $turn) {
                $stale++;
            } elseif ((int) $known[$id]['required'] !== (int) $m['required'] || $known[$id]['since'] !== $m['since'] || $known[$id]['state'] !== $m['state']) {
                $this->change($m);
                $known[$id] = $m + $known[$id];
            }
        }
        $this->add($new);
        return $stale;
    }

    private function change($m)
    {
        $over = $m['required'] ? '' : ', barred_at = 0, barred_since = NULL, told_bar = NULL, evidence = NULL, told_evidence = NULL';
        $this->db->run('UPDATE plg_exposure_member SET required = ?, state = ?, since = ?' . $over . ' WHERE customer_id = ?',
            array((int) $m['required'], $m['state'], $m['since'], $m['id']));
    }

    private function add($new)
    {
        foreach (array_chunk($new, 250) as $part) {
            $rows = array();
            foreach ($part as $m) {
                $rows[] = '(' . $m['id'] . ",1,'" . $m['state'] . "','" . $m['since'] . "')";
            }
            $this->db->run('INSERT INTO plg_exposure_member (customer_id, required, state, since) VALUES ' . implode(',', $rows));
        }
    }

    /** What is known of a member, or null. */
    public function row($id)
    {
        $rows = $this->db->all('SELECT * FROM plg_exposure_member WHERE customer_id = ?', array((int) $id));
        return $rows ? $rows[0] : null;
    }

    // ---- making worthless ----

    /** Notes whose passwords are about to be made worthless, the step before it: evidence by id. */
    public function aim($evidences)
    {
        $cases = '';
        foreach ($evidences as $id => $evidence) {
            $cases .= ' WHEN ' . (int) $id . " THEN '" . $evidence . "'";
        }
        $this->db->run('UPDATE plg_exposure_member SET evidence = CASE customer_id' . $cases . ' END, told_evidence = NULL, barred_since = NULL, told_bar = NULL'
            . ' WHERE customer_id IN (' . implode(',', array_keys($evidences)) . ')');
    }

    /**
     * Notes as barred every listed member without a password who is not noted so for the
     * present 'since', with ids above $after and up to $last. It looks at the shop itself:
     * whatever a kill left is found here.
     */
    public function bar($now, $after, $last)
    {
        return $this->db->run('UPDATE plg_exposure_member SET'
            . ' sweeps = CASE WHEN barred_at = 0 OR barred_since IS NULL THEN 0 ELSE sweeps END,' // MySQL assigns from left to right
            . ' barred_at = CASE WHEN barred_at = 0 THEN ? ELSE barred_at END, barred_since = since'
            . ' WHERE required = 1 AND (barred_at = 0 OR barred_since IS NULL OR barred_since <> since) AND NOT ' . self::OPEN
            . " AND NOT EXISTS (SELECT 1 FROM dtb_customer c WHERE c.customer_id = plg_exposure_member.customer_id AND c.password <> '')"
            . ' AND customer_id > ? AND customer_id <= ?', array((int) $now, (int) $after, (int) $last));
    }

    /** Members whose sessions are to be ended now: at once, and again after $pause seconds. Values are how often it was done. */
    public function toSweep($now, $pause, $limit)
    {
        $rows = $this->db->all('SELECT customer_id, sweeps FROM plg_exposure_member WHERE sweeps = 0'
            . ' OR (sweeps = 1 AND ABS(? - swept_at) >= ?) ORDER BY customer_id LIMIT ' . (int) $limit, array((int) $now, (int) $pause)); // ABS: a clock that was set back must not stop it
        $ids = array();
        foreach ($rows as $row) {
            $ids[(int) $row['customer_id']] = (int) $row['sweeps'];
        }
        return $ids;
    }

    /** Notes that the sessions of these members (from toSweep) were ended. */
    public function swept($ids, $now)
    {
        foreach (array(0, 1) as $times) {
            foreach (array_chunk(array_keys($ids, $times, true), 1000) as $part) {
                $this->db->run('UPDATE plg_exposure_member SET sweeps = sweeps + 1, swept_at = ? WHERE sweeps = ' . $times . ' AND customer_id IN (' . implode(',', $part) . ')',
                    array((int) $now));
            }
        }
    }

    // ---- our own page ----

    /** Before a new password is stored: whose it will be, by evidence, and the key to tell it with. */
    public function intend($id, $key, $evidence)
    {
        if ($this->row($id) === null) {
            try {
                $this->db->run('INSERT INTO plg_exposure_member (customer_id) VALUES (?)', array((int) $id));
            } catch (ExposureReset_Trouble $e) {
                $this->row($id); // a round has put it there meanwhile, unless the database is gone
            }
        }
        $this->db->run('UPDATE plg_exposure_member SET renewal_key = ?, renewal_evidence = ?, renewed_at = 0 WHERE customer_id = ?',
            array($key, $evidence, (int) $id));
    }

    /** The new password is stored. */
    public function renewed($id, $key, $now)
    {
        $this->db->run('UPDATE plg_exposure_member SET renewed_at = ? WHERE customer_id = ? AND renewal_key = ? AND renewed_at = 0', array((int) $now, (int) $id, $key));
    }

    /**
     * The sessions of a member with a new password were ended. Once is enough where the old
     * one was barred for a while, else again later: for requests that were under way.
     */
    public function ended($id, $now)
    {
        $this->db->run('UPDATE plg_exposure_member SET sweeps = CASE WHEN barred_at > 0 AND sweeps >= 2 THEN 2 ELSE 1 END, swept_at = ? WHERE customer_id = ?', array((int) $now, (int) $id));
    }

    /** Own renewals that the API has not answered: arrays with customer_id and renewal_key. */
    public function untold($limit)
    {
        return $this->db->all('SELECT customer_id, renewal_key FROM plg_exposure_member WHERE ' . self::OPEN . ' ORDER BY renewed_at, customer_id LIMIT ' . (int) $limit);
    }

    /** The API has taken a completion: lists asked for up to now are out of date for this member. */
    public function told($id, $key)
    {
        $this->db->run("UPDATE plg_exposure_member SET required = 0, state = 'completed', barred_at = 0, barred_since = NULL, told_bar = NULL, evidence = NULL,"
            . ' told_evidence = NULL, renewal_key = NULL, told_turn = ? WHERE customer_id = ? AND renewal_key = ?',
            array((int) $this->get('turn'), (int) $id, $key));
    }

    /** The API has refused a completion for good: barred as the list has it, and that password is to go. */
    public function refused($id, $key)
    {
        $this->db->run('UPDATE plg_exposure_member SET told_evidence = renewal_evidence, renewal_evidence = NULL, renewal_key = NULL, renewed_at = 0'
            . ' WHERE customer_id = ? AND renewal_key = ?', array((int) $id, $key));
    }

    // ---- reporting ----

    /** Members who are barred and not reported so: arrays with customer_id and barred_since. */
    public function toReport($limit)
    {
        return $this->db->all('SELECT customer_id, barred_since FROM plg_exposure_member WHERE required = 1 AND barred_at > 0 AND barred_since IS NOT NULL'
            . ' AND (told_bar IS NULL OR told_bar <> barred_since) ORDER BY customer_id LIMIT ' . (int) $limit);
    }

    /** Rows of toReport were reported. */
    public function reported($rows)
    {
        $bySince = array();
        foreach ($rows as $row) {
            $bySince[$row['barred_since']][] = (int) $row['customer_id'];
        }
        foreach ($bySince as $since => $ids) {
            $this->db->run('UPDATE plg_exposure_member SET told_bar = ? WHERE barred_since = ? AND customer_id IN (' . implode(',', $ids) . ')', array($since, $since));
        }
    }

    /** A password that our page did not set was reported. */
    public function reportedChange($id, $evidence)
    {
        $this->db->run('UPDATE plg_exposure_member SET told_evidence = ? WHERE customer_id = ?', array($evidence, (int) $id));
    }

    /** Counts: required, barred, waiting (required, not barred), untold. */
    public function numbers()
    {
        $rows = $this->db->all('SELECT COUNT(CASE WHEN required = 1 THEN 1 END) AS required, COUNT(CASE WHEN required = 1 AND barred_at > 0 THEN 1 END) AS barred,'
            . ' COUNT(CASE WHEN ' . self::OPEN . ' THEN 1 END) AS untold FROM plg_exposure_member');
        $n = array('required' => (int) $rows[0]['required'], 'barred' => (int) $rows[0]['barred'], 'untold' => (int) $rows[0]['untold']);
        $n['waiting'] = $n['required'] - $n['barred'];
        return $n;
    }
}
