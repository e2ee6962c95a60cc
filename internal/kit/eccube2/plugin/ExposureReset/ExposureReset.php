<?php
require_once dirname(__FILE__) . '/lib/load.php';

/**
 * The plugin as EC-CUBE's engine knows it. It stands alone: SC_Plugin_Base declares install()
 * static in some versions and not static in others, and either is fatal for the other, while
 * the engine never asks for that base.
 */
class ExposureReset
{
    private $row;
    private $guard = null;
    private $seen = null;

    /** $row: this plugin's row of dtb_plugin, with its hook points. */
    public function __construct($row)
    {
        $this->row = is_array($row) ? $row : array();
    }

    public function getPluginInfo()
    {
        return $this->row;
    }

    /** Makes our tables. null, or the reason why it cannot be installed. */
    public static function install($arrPlugin, $objPluginInstaller = null)
    {
        return self::attempt('install', 'データベースに表を作れませんでした。データベースの権限を確認してください。<br/>');
    }

    /** Drops our tables; EC-CUBE removes the files and its own rows. */
    public static function uninstall($arrPlugin, $objPluginInstaller = null)
    {
        return self::attempt('uninstall', 'データベースの表を削除できませんでした。<br/>');
    }

    /** The tables are looked after again: they may be missing in a shop that was restored. */
    public static function enable($arrPlugin, $objPluginInstaller = null)
    {
        return self::attempt('install', 'データベースに表を作れませんでした。データベースの権限を確認してください。<br/>');
    }

    public static function disable($arrPlugin, $objPluginInstaller = null)
    {
        return null;
    }

    private static function attempt($what, $sorry)
    {
        try {
            $tables = new ExposureReset_Tables(ExposureReset_Plugin::db());
            $tables->$what();
            return null;
        } catch (Exception $e) {
            ExposureReset_Eccube::log($what, $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log($what, $e);
        }
        return $sorry;
    }

    /** Hook points of plugin_info, as far as the shop has not switched them off. */
    public function register($objHelperPlugin, $priority)
    {
        $points = isset($this->row['plugin_hook_point']) && is_array($this->row['plugin_hook_point']) ? $this->row['plugin_hook_point'] : array();
        foreach ($points as $point) {
            if (isset($point['hook_point'], $point['callback']) && is_callable(array($this, $point['callback']))) {
                $objHelperPlugin->addAction($point['hook_point'], array($this, $point['callback']), $priority);
            }
        }
    }

    /** Before every page, also before the shop looks at the token of a form. */
    public function preProcess($objPage)
    {
        if ($objPage instanceof LC_Page_Admin || $this->seen === $objPage) {
            return;
        }
        $this->seen = $objPage;
        if ($this->answered('page', $objPage instanceof LC_Page_Forgot)) {
            exit;
        }
    }

    /** Right after a login, before the shop leads on. */
    public function loggedIn($objPage)
    {
        if ($this->answered('loggedIn', false)) {
            exit;
        }
    }

    /** Asks the guard. Where not even that can be made, nobody stays logged in while the mode is "on". */
    private function answered($what, $forgot)
    {
        try {
            return $what === 'page' ? $this->guard()->page($forgot) : $this->guard()->loggedIn();
        } catch (Exception $e) {
            ExposureReset_Eccube::log($what, $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log($what, $e);
        }
        if ($this->settings()->isOn()) {
            unset($_SESSION['customer']);
        }
        return false;
    }

    /** Finished pages: the note above the login form, the red line for administrators. */
    public function outputfilterTransform(&$source, $objPage, $filename)
    {
        try {
            if ($objPage instanceof LC_Page_Mypage_Login || $objPage instanceof LC_Page_Shopping) {
                $source = $this->noted($source);
            } elseif ($objPage instanceof LC_Page_Admin_Home || $objPage instanceof LC_Page_Admin_OwnersStore) {
                $source = ExposureReset_Alert::into($source, $this->guard()->alert());
            }
        } catch (Exception $e) {
            ExposureReset_Eccube::log('output', $e);
        } catch (Throwable $e) {
            ExposureReset_Eccube::log('output', $e);
        }
    }

    /** Pieces of a page come by, too: only a whole one is looked at. */
    private function noted($source)
    {
        if (!is_string($source) || stripos($source, '</body') === false) {
            return $source;
        }
        ExposureReset_Note::look($this->guard()->kit(), $source);
        $note = new ExposureReset_Note($this->settings());
        return $this->guard()->anybodyOrdered() ? $note->into($source) : $source;
    }

    private function settings()
    {
        return ExposureReset_Plugin::settings($this->row);
    }

    private function guard()
    {
        if ($this->guard === null) {
            $this->guard = new ExposureReset_Guard($this->settings(), ExposureReset_Plugin::db());
        }
        return $this->guard;
    }
}
