<?php
/**
 * A new password, set with a ticket of the look-up. The page keeps in the session which
 * members a ticket gave, and lets nobody set another one's.
 *
 * Order: it is noted what is going to be stored, it is stored, sessions end, the API is told.
 * A run that is killed, or an API that does not answer, is made up by the next rounds.
 */
class ExposureReset_Renewal
{
    private $settings;
    private $api;
    private $book;
    private $shop;
    private $hasher;
    private $clock;
    private $policy;

    /**
     * $hasher: the shop's own functions: hash($password, $salt) makes what the shop's login
     * finds right with this salt ('' where a row has none), matches($password, $hash, $salt)
     * is that look.
     */
    public function __construct($settings, $api, $book, $shop, $hasher, $clock = null, $policy = null)
    {
        $this->settings = $settings;
        $this->api = $api;
        $this->book = $book;
        $this->shop = $shop;
        $this->hasher = $hasher;
        $this->clock = $clock ? $clock : new ExposureReset_Clock();
        $this->policy = $policy ? $policy : new ExposureReset_Policy();
    }

    public function policy()
    {
        return $this->policy;
    }

    /**
     * Spends a ticket: whose passwords may be set, as ints, of members that are live in this
     * shop. ExposureReset_Refused: the ticket is worth nothing; ExposureReset_Unreachable: nobody
     * knows, and it may be tried again.
     */
    public function redeem($ticket)
    {
        $ids = array();
        foreach ($this->api->redeem($ticket) as $id) {
            if ($this->shop->account($id) !== null) {
                $ids[] = $id;
            }
        }
        sort($ids);
        return array_values(array_unique($ids));
    }

    /**
     * Sets a member's password and ends all their sessions. Returns why it did not, as codes;
     * empty when it is done. Those of ExposureReset_Policy, and: old (the one before), gone (no
     * such live member), trouble (nothing is stored), refused (the API does not take it:
     * another ticket is needed). ExposureReset_Trouble: the database failed; what is half done
     * the rounds find.
     */
    public function set($id, $new, $again)
    {
        $account = $this->shop->account($id);
        if ($account === null) {
            return array('gone');
        }
        $reasons = $this->reasons($id, $account, $new, $again);
        if ($reasons) {
            return $reasons;
        }
        $hash = $this->hasher->hash($new, $account['salt']);
        if (!is_string($hash) || $hash === '' || !$this->hasher->matches($new, $hash, $account['salt'])) {
            return array('trouble');
        }
        $key = ExposureReset_Random::uuid();
        $this->book->intend($id, $key, $this->book->evidence($id, md5($hash)));
        if (!$this->shop->store($id, $hash)) {
            return array('trouble');
        }
        $this->book->renewed($id, $key, $this->clock->now());
        $this->shop->endSessions(array((int) $id => true));
        $this->book->ended($id, $this->clock->now());
        return $this->tell($id, $key);
    }

    private function reasons($id, $account, $new, $again)
    {
        $reasons = $this->policy->reasons($new, $again, $account['email'], $this->settings->shop_name);
        if ($account['email_mobile'] !== '' && in_array('address', $this->policy->reasons($new, $again, $account['email_mobile'], ''), true)) {
            $reasons[] = 'address';
        }
        if (!$reasons && $this->isOld($id, $account, $new)) {
            $reasons[] = 'old';
        }
        return array_values(array_unique($reasons));
    }

    /** Whether it is the present password, or the one that was made worthless: of that the evidence is kept. */
    private function isOld($id, $account, $new)
    {
        if ($account['password'] !== '' && $this->hasher->matches($new, $account['password'], $account['salt'])) {
            return true;
        }
        $row = $this->book->row($id);
        if ($row === null) {
            return false;
        }
        $same = $this->book->evidence($id, md5($this->hasher->hash($new, $account['salt'])));
        return ExposureReset_Random::same($same, (string) $row['evidence']) || ExposureReset_Random::same($same, (string) $row['told_evidence']);
    }

    private function tell($id, $key)
    {
        $teller = new ExposureReset_Teller($this->api, $this->book);
        try {
            return $teller->tell($id, $key) ? array() : array('refused');
        } catch (ExposureReset_Unreachable $e) {
            return array(); // the rounds go on telling it
        }
    }
}
