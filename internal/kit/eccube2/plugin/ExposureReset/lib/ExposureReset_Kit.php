<?php
/** The kit put together: everything that the plugin, cron and the manual variant call. */
class ExposureReset_Kit
{
    private $settings;
    private $api;
    private $book;
    private $shop;
    private $clock;

    /** A kit for these settings over this database (ExposureReset_Db). */
    public static function open($settings, $db)
    {
        $kit = new ExposureReset_Kit();
        $kit->settings = $settings;
        $kit->api = new ExposureReset_Api($settings, new ExposureReset_Http($settings->ca_file));
        $kit->book = new ExposureReset_Book($db);
        $kit->shop = new ExposureReset_Shop($db);
        $kit->clock = new ExposureReset_Clock();
        return $kit;
    }

    /**
     * Does a round if it is time. True when one was done. Never throws: a page of the shop goes
     * on whatever happens here.
     */
    public function run($fromCron)
    {
        try {
            if ($this->settings->problems()) {
                return false;
            }
            $run = new ExposureReset_Run($this->settings, $this->api, $this->book, $this->shop, $this->clock);
            return $run->due() && $run->go($fromCron);
        } catch (Exception $e) {
            return false;
        } catch (Throwable $e) { // PHP 7 and later; older ones know no such class, and catch none
            return false;
        }
    }

    public function gate()
    {
        return new ExposureReset_Gate($this->settings, $this->book);
    }

    /** New passwords; $hasher is the shop's own, as ExposureReset_Renewal describes it. */
    public function renewal($hasher)
    {
        return new ExposureReset_Renewal($this->settings, $this->api, $this->book, $this->shop, $hasher, $this->clock);
    }

    /** $facts as ExposureReset_SelfTest describes them. */
    public function selfTest($facts = array())
    {
        $this->api->patient();
        return new ExposureReset_SelfTest($this->settings, $this->api, $this->book, $this->shop, $this->clock, $facts);
    }

    /**
     * Notes what only the shop's pages can see, for the next report: by the names
     * 'templates' and 'forgot-open', true where something is wrong, false where it is not.
     */
    public function note($findings)
    {
        $noted = array_filter(explode(' ', $this->book->get('findings')));
        foreach ($findings as $name => $wrong) {
            $noted = array_diff($noted, array($name));
            if ($wrong && in_array($name, array('templates', 'forgot-open'), true)) {
                $noted[] = $name;
            }
        }
        $this->book->set('findings', implode(' ', $noted));
    }

    /** Named values of the kit; pages may keep small ones of their own there. */
    public function book()
    {
        return $this->book;
    }

    /**
     * Counts of members: 'required', 'barred', 'waiting', 'untold', 'armed' (required, and with
     * a password: whom mode 'on' would keep out now) and 'strangers' (required, and not in this shop).
     */
    public function numbers()
    {
        return $this->book->numbers() + array('armed' => $this->shop->countArmed(), 'strangers' => $this->shop->countStrangers());
    }
}
